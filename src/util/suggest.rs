//! The nearest known name, for the help line of a problem.

/// Maximum number of names in a list.
const MANY: usize = 40;

/// The sections of keys that are often written in another section.
const KEY_SECTIONS: &[(&str, &[&str])] = &[
    ("", &["mode", "default_action", "include"]),
    ("client", &["trusted_proxies", "trusted_hops", "header", "check"]),
    ("scanners", &["use", "allow", "list", "feeds"]),
    ("decoy", &["source", "accept_any_status"]),
    ("block", &["status", "body", "body_file", "content_type"]),
    ("rule", &["paths", "methods", "hosts", "action"]),
];

/// The help for an unknown key.
pub(crate) fn key(found: &str, known: &[&str]) -> String {
    if let Some(name) = nearest(found, known.iter().copied()) {
        return format!("write `{name}`");
    }
    match home_section(found) {
        Some("") => format!("put `{found}` above the first section, at the top of the file"),
        Some("rule") => format!("put `{found}` into a `[[rule]]`"),
        Some(section) => format!("put `{found}` into the section `[{section}]`"),
        None => format!("remove it; known here: {}", list(known.iter().copied())),
    }
}

/// The section of a key.
pub(crate) fn home_section(key: &str) -> Option<&'static str> {
    KEY_SECTIONS.iter().find(|(_, keys)| keys.contains(&key)).map(|(section, _)| *section)
}

/// The help for an unknown name.
pub(crate) fn name<'a>(found: &str, known: impl IntoIterator<Item = &'a &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().copied().collect();
    // A synonym is a guess, so the other names are shown too.
    if let Some(name) = synonym(found, &known) {
        return format!("write `{name}`, or another one of {}", list(known));
    }
    match nearest(found, known.iter().copied()) {
        Some(name) => format!("write `{name}`"),
        // Azure has thousands of tags.
        None if known.len() > MANY => {
            format!("write one of its {} names, such as {}", known.len(), list(known.into_iter().take(MANY)))
        }
        None => format!("write one of {}", list(known)),
    }
}

/// Names of other programs, with the names here.
const SYNONYMS: &[(&str, &[&str])] = &[
    ("block", &["deny", "drop", "reject", "forbid", "ban", "refuse", "403"]),
    ("decoy", &["hide", "fake", "404", "notfound", "not-found", "honeypot"]),
    ("allow", &["pass", "permit", "accept", "skip", "ignore", "whitelist", "exempt"]),
    ("tag", &["log", "mark", "label", "count"]),
    ("enforce", &["on", "enabled", "enforcing", "active", "block", "production"]),
    (
        "observe",
        &[
            "off",
            "dry-run",
            "dryrun",
            "monitor",
            "report",
            "report-only",
            "log",
            "learning",
            "detect",
            "test",
            "permissive",
        ],
    ),
    ("any-hop", &["all", "every", "any"]),
    ("either", &["both"]),
    ("any", &["shared", "all", "people", "everybody", "everyone"]),
    ("shared", &["any", "people", "mixed", "public"]),
    ("exclusive", &["machines", "private", "dedicated"]),
];

/// The name here for a name of another program.
fn synonym<'a>(found: &str, known: &[&'a str]) -> Option<&'a str> {
    let found = found.to_lowercase().replace('_', "-");
    let (name, _) = SYNONYMS.iter().find(|(name, others)| known.contains(name) && others.contains(&found.as_str()))?;
    known.iter().copied().find(|known| known == name)
}

/// The nearest known name.
pub(crate) fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    let found = found.to_lowercase();
    let begins_with_found = |name: &&&str| name.strip_prefix(&found).is_some_and(|rest| rest.starts_with('-'));
    // `google` is the beginning of only `google-prefixes-json`.
    if let [only] = known.iter().filter(begins_with_found).collect::<Vec<_>>()[..] {
        return Some(only);
    }
    let distance = |name: &str| strsim::damerau_levenshtein(&found, &name.to_lowercase());
    let best = known.into_iter().map(|name| (distance(name), name)).min()?;
    // A third of the letters may be wrong: `client_hedaer` means `client_header`, but `colour` means nothing here.
    (best.0 <= (best.1.len() / 3).max(1)).then_some(best.1)
}

/// The number of letters that have to be changed, added, dropped or swapped with their neighbour.
pub(crate) fn distance(found: &str, name: &str) -> usize {
    strsim::damerau_levenshtein(found, name)
}

/// `a`, `b`, `c`
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Quotes and brackets that other languages or word processors put around a value.
pub(crate) fn is_quote_or_bracket(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '`' | '[' | ']' | '(' | ')' | '{' | '}' | '<' | '>' | '\u{ab}' | '\u{bb}' | '\u{b4}' | '\u{2018}'..='\u{201f}'
            | '\u{2039}' | '\u{203a}' | '\u{300c}'..='\u{300f}' | '\u{ff02}' | '\u{ff07}'
    )
}
