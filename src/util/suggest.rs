//! The nearest known name, for the help line of a problem.

/// More names than these are not listed.
const MANY: usize = 40;

/// Where the keys of the file stand that one looks for in other sections.
const HOMES: &[(&str, &[&str])] = &[
    ("", &["mode", "default_action"]),
    ("client", &["trusted_proxies", "trusted_hops", "header", "check"]),
    ("scanners", &["use", "allow", "list", "feeds"]),
    ("decoy", &["source", "accept_any_status"]),
    ("block", &["status", "body", "body_file", "content_type"]),
    ("rule", &["paths", "methods", "hosts", "action"]),
];

/// Help for a key that is not known where it stands.
pub(crate) fn key(found: &str, known: &[&str]) -> String {
    if let Some(name) = nearest(found, known.iter().copied()) {
        return format!("write `{name}`");
    }
    match HOMES.iter().find(|(_, keys)| keys.contains(&found)) {
        Some(("", _)) => format!("put `{found}` above the first section, at the top of the file"),
        Some(("rule", _)) => format!("put `{found}` into a `[[rule]]`"),
        Some((section, _)) => format!("put `{found}` into the section `[{section}]`"),
        None => format!("remove it; known here: {}", list(known.iter().copied())),
    }
}

/// Help for a name that is not known.
pub(crate) fn name<'a>(found: &str, known: impl IntoIterator<Item = &'a &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().copied().collect();
    match nearest(found, known.iter().copied()) {
        Some(name) => format!("write `{name}`"),
        // Azure's tags are thousands.
        None if known.len() > MANY => {
            format!("write one of its {} names, such as {}", known.len(), list(known.into_iter().take(MANY)))
        }
        None => format!("write one of {}", list(known)),
    }
}

/// The known name that was probably meant.
pub(crate) fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    let found = found.to_lowercase();
    let begun = |name: &&&str| name.strip_prefix(&found).is_some_and(|rest| rest.starts_with('-'));
    // `google` is the beginning of `google-prefixes-json` alone.
    if let [only] = known.iter().filter(begun).collect::<Vec<_>>()[..] {
        return Some(only);
    }
    let distance = |name: &str| strsim::damerau_levenshtein(&found, &name.to_lowercase());
    let best = known.into_iter().map(|name| (distance(name), name)).min()?;
    // A third of the letters may be wrong: `client_hedaer` is meant for `client_header`, `colour` for nothing here.
    (best.0 <= (best.1.len() / 3).max(1)).then_some(best.1)
}

/// `a`, `b`, `c`
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
