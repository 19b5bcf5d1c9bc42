//! The rules for the data files.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use ipnet::IpNet;

use super::agent_files::{KindFile, ListFile, ProofFile};
use super::files::{Data, FeedFile, GroupFile};
use super::overlaps::{overlaps, repetitions};
use crate::agents::significant;
use crate::catalog::{Audience, Category, Certainty};
use crate::feeds::{self, Choice, Format};

/// The shortest prefixes of each kind, for IPv4 and IPv6. A wider one is a cloud or a carrier, not a scanner.
const SHORTEST_EXCLUSIVE: (u8, u8) = (16, 29);
/// Ranges that a vendor publishes itself and a feed follows, such as Microsoft's 52.100.0.0/14.
const SHORTEST_FOLLOWED: (u8, u8) = (14, 29);
const SHORTEST_SHARED: (u8, u8) = (14, 29);
const SHORTEST_PROXY: (u8, u8) = (13, 29);

/// Documentation space (RFC 5737, RFC 3849, RFC 9637), which lists of your own may contain for tests.
const DOCUMENTATION: [&str; 5] = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"];

/// Every broken rule, in words.
#[must_use]
pub fn problems(data: &Data) -> Vec<String> {
    let mut problems = Vec::new();
    ids(data, &mut problems);
    unlisted(data, &mut problems);
    agents(data, &mut problems);
    texts(data, &mut problems);
    for (id, _, groups) in data.holders() {
        let proxy = data.proxies.iter().any(|file| file.id == id);
        groups.iter().for_each(|group| check_group(id, group, proxy, data, &mut problems));
        if groups.iter().all(|group| group.prefixes.is_empty()) {
            problems.push(format!("{id}: there is no range"));
        }
        repetitions(id, groups, &mut problems);
    }
    sources(data, &mut problems);
    overlaps(data, &mut problems);
    problems
}

fn ids(data: &Data, problems: &mut Vec<String>) {
    let mut seen = HashSet::new();
    for (id, path, _) in data.holders() {
        if !is_kebab_case(id) {
            problems.push(format!("{id}: an id is made of lower-case letters, digits and single hyphens"));
        }
        if path.file_stem().is_none_or(|stem| stem != id) {
            problems.push(format!("{id}: the file is {}", path.display()));
        }
        if !seen.insert(id) {
            problems.push(format!("{id}: two entries have this id"));
        }
    }
    for gone in data.ids.iter().filter(|id| !seen.contains(id.as_str())) {
        problems.push(format!("{gone}: this id was removed, but configurations may name it"));
    }
    let agents = data.agents.iter().filter_map(|agent| agent.category);
    let found: BTreeSet<Category> = data.vendors.iter().map(|file| file.category).chain(agents).collect();
    for category in Category::ALL.iter().filter(|category| !found.contains(category)) {
        problems.push(format!("{category}: this category is empty"));
    }
}

fn unlisted(data: &Data, problems: &mut Vec<String>) {
    for file in &data.unlisted {
        let id = &file.id;
        if !is_kebab_case(id) || file.path.file_stem().is_none_or(|stem| stem != id.as_str()) {
            problems.push(format!("{id}: the id is in kebab case, and the name of the file"));
        }
        if data.holders().any(|(other, ..)| other == id) {
            problems.push(format!("{id}: a vendor with ranges has this id"));
        }
        if [&file.name, &file.reason, &file.instead].iter().any(|text| text.trim().is_empty()) {
            problems.push(format!("{id}: a text is empty"));
        }
        if !file.homepage.starts_with("https://") || !is_date(&file.date) {
            problems.push(format!("{id}: the homepage is no https address, or the date is none"));
        }
    }
}

/// Refuses tokens that also occur in people's user agents, or that two products share: they would match the wrong one.
fn agents(data: &Data, problems: &mut Vec<String>) {
    let mut tokens = BTreeMap::new();
    for file in &data.agents {
        let id = &file.id;
        let mut report = |problem: String| problems.push(format!("agents.toml: {id}: {problem}"));
        if !is_kebab_case(id) || [&file.name, &file.operator, &file.source].iter().any(|text| text.trim().is_empty()) {
            report("the id must be in kebab case, and name, operator and source must not be empty".into());
        }
        if file.category.is_none() != (file.kind != KindFile::Bot) {
            report("a bot must have a category, and a tool or a proxy of people must have none".into());
        }
        if file.tokens.is_empty() && file.urls.is_empty() {
            report("it has no token".into());
        }
        for token in &file.tokens {
            let letters = significant(token.trim_start_matches('^'));
            if letters.len() < 3 || !token.is_ascii() {
                report(format!("`{token}` has less than three letters, or is not ASCII"));
            }
            if let Some(other) = tokens.insert(token.to_lowercase(), id) {
                report(format!("`{token}` is a token of `{other}` too"));
            }
        }
        for list in file.lists.iter().filter(|list| !data.holders().any(|(holder, ..)| holder == **list)) {
            report(format!("the catalog has no `{list}`"));
        }
        if file.lists.is_empty() != (file.list == ListFile::None) {
            report("`list` and `lists` need each other: `list` is the kind of the lists in `lists`".into());
        }
        if file.forged.contains(&ProofFile::List) && file.list == ListFile::None
            || file.forged.contains(&ProofFile::Name) && file.names.is_empty()
        {
            report("`forged` names a proof that this product does not have".into());
        }
        if file.names.iter().any(|name| !name.starts_with('.')) {
            report("write the end of a reverse name, with a dot in front".into());
        }
    }
}

fn is_kebab_case(id: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    id.split('-').all(word)
}

fn texts(data: &Data, problems: &mut Vec<String>) {
    let vendors = data.vendors.iter().map(|file| (&file.id, [&file.name, &file.purpose], &file.homepage));
    let proxies = data.proxies.iter().map(|file| (&file.id, [&file.name, &file.note], &file.homepage));
    for (id, texts, homepage) in vendors.chain(proxies) {
        if texts.iter().any(|text| text.trim().is_empty()) {
            problems.push(format!("{id}: a text is empty"));
        }
        if !homepage.starts_with("https://") {
            problems.push(format!("{id}: the homepage `{homepage}` is no https address"));
        }
    }
    for file in &data.vendors {
        if !in_folder(&file.path, file.category.as_str()) {
            problems.push(format!("{}: the file is not in the folder of {}", file.id, file.category));
        }
        let people = file.category == Category::SecureWebGateway;
        if people && file.ranges.iter().any(|group| group.audience() == Audience::Exclusive) {
            problems.push(format!("{}: people browse from a secure web gateway, so its ranges are shared", file.id));
        }
    }
}

fn in_folder(path: &Path, name: &str) -> bool {
    path.parent().and_then(Path::file_name).is_some_and(|folder| folder == name)
}

fn check_group(id: &str, group: &GroupFile, proxy: bool, data: &Data, problems: &mut Vec<String>) {
    let mut report = |problem: String| problems.push(format!("{id}: {problem}"));
    if group.source.trim().is_empty() || group.from.is_empty() {
        report("ranges without a source".into());
    }
    for from in group.from.iter().filter(|from| !data.sources.source.iter().any(|source| source.id == **from)) {
        report(format!("`{from}` is not in sources.toml"));
    }
    if !is_date(&group.date) {
        report(format!("`{}` is not a date", group.date));
    }
    let shortest = match group.audience() {
        _ if proxy => SHORTEST_PROXY,
        Audience::Exclusive if group.feed.is_some() => SHORTEST_FOLLOWED,
        Audience::Exclusive => SHORTEST_EXCLUSIVE,
        Audience::Shared => SHORTEST_SHARED,
    };
    for net in group.nets() {
        let shortest = if net.addr().is_ipv4() { shortest.0 } else { shortest.1 };
        if net.prefix_len() < shortest {
            report(format!("{net} is wider than /{shortest}, which is a cloud or a carrier"));
        }
        if feeds::is_reserved(net) || is_documentation(net) {
            report(format!("{net} is private or reserved"));
        }
    }
    let is_seen = group.observation.as_deref().is_some_and(|seen| !seen.trim().is_empty());
    if group.certainty() == Certainty::Observed && !is_seen {
        report("ranges that are `observed` need an `observation`: what was seen, in a sentence".into());
    }
    if let Some(feed) = &group.feed {
        if group.certainty() != Certainty::Published {
            report(format!("{} is a feed, so its ranges are published", feed.url));
        }
        if let Err(problem) = feed.choice() {
            report(problem);
        }
    }
}

fn is_documentation(net: IpNet) -> bool {
    let spaces = DOCUMENTATION.iter().filter_map(|space| space.parse::<IpNet>().ok());
    spaces.into_iter().any(|space| space.contains(&net) || net.contains(&space))
}

/// `YYYY-MM-DD`, of the calendar.
pub(super) fn is_date(text: &str) -> bool {
    let well_formed = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    // `humantime` accepts days that the calendar does not have.
    well_formed && humantime::parse_rfc3339(&format!("{text}T00:00:00Z")).is_ok()
}

/// A format, and the selected part of such a list.
type Chosen<'a> = (Format, Option<(Choice, &'a str)>);

impl FeedFile {
    /// The format and the options of the list.
    pub(super) fn choice(&self) -> Result<Chosen<'_>, String> {
        let url = &self.url;
        if !url.starts_with("https://") {
            return Err(format!("the feed {url} is no https address"));
        }
        let format: Format = self.format.parse().map_err(|error| format!("the feed {url}: {error}"))?;
        let given = [(Choice::Service, &self.service), (Choice::Tag, &self.tag), (Choice::Key, &self.key)];
        let given: Vec<_> = given.into_iter().filter_map(|(choice, text)| Some((choice, text.as_deref()?))).collect();
        if format == Format::Auto {
            return Err(format!("the feed {url} names no format"));
        }
        match given[..] {
            [] if format.required().is_none() => Ok((format, None)),
            [(choice, text)] if format.required() == Some(choice) => Ok((format, Some((choice, text)))),
            [(choice, text)] if format.required().is_none() && format.uses(choice) => {
                Ok((format, Some((choice, text))))
            }
            _ => Err(format!("the feed {url}: the options do not fit the format `{format}`")),
        }
    }
}

fn sources(data: &Data, problems: &mut Vec<String>) {
    let used: BTreeSet<&str> =
        data.holders().flat_map(|(_, _, groups)| groups).flat_map(|group| &group.from).map(String::as_str).collect();
    for source in &data.sources.source {
        // `catalog-update` itself writes this source.
        if !used.contains(source.id.as_str()) && source.id != super::update::SOURCE {
            problems.push(format!("sources.toml: `{}` is not used", source.id));
        }
        if source.licence.starts_with("CC BY") && source.attribution.is_none() {
            problems.push(format!("sources.toml: `{}` asks for attribution", source.id));
        }
    }
}
