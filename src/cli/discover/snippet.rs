//! What goes into the policy for a finding, and how it gets there.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;

use super::super::failure::Failure;
use super::report::Finding;
use crate::config::GuardConfig;
use crate::discovery::{Side, Status};
use crate::util::escape::escaped;

/// A name for the list, from its first range.
pub(super) fn id(finding: &Finding) -> String {
    let first = finding.ranges.first().map(|range| range.addr().to_string()).unwrap_or_default();
    let digits: String = first.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("discovered-{}", digits.trim_matches('-')).replace("--", "-")
}

/// The entry of the policy.
pub(super) fn entry(finding: &Finding, id: &str) -> String {
    let date = finding.last.get(..10).unwrap_or_default();
    let ranges: Vec<String> = finding.ranges.iter().map(|range| format!("\"{range}\"")).collect();
    let (side, category) = match finding.side {
        Side::Ahead => ("ahead of", "email-security"),
        _ => ("after", "web-reputation"),
    };
    let mut text = format!(
        "# Discovered {date}: {} echoes of {} targets {side} people of {} sites, {} occasions, evidence {}.\n",
        finding.echoes,
        finding.targets,
        finding.leaders,
        finding.occasions,
        finding.strength.as_str(),
    );
    if finding.status == Status::Suspected {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "# Only suspected, it failed: {}.", finding.failed.join(", "));
    }
    let _ = write!(
        text,
        "[[scanners.list]]\nid = \"{id}\"\ncategory = \"{category}\"\naudience = \"shared\"   # tags only; \"exclusive\" once you \
         know that nobody browses from there\nranges = [{}]\n",
        ranges.join(", ")
    );
    if let (Some(covering), Some(holder)) = (finding.covering, finding.catalog.first())
        && holder.network.contains(&covering)
    {
        let _ = writeln!(text, "# ranges = [\"{covering}\"]   # all of it is {}'s, says the catalog", holder.name);
    }
    text
}

/// Writes the entry of a finding into a file, behind what is there. Gives what was done, in words.
pub(super) fn accept(finding: &Finding, file: &Path) -> Result<String, Failure> {
    let name = file.to_string_lossy().into_owned();
    let old = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::unreadable(escaped(&name), &error)),
    };
    let lists = lists(&old).map_err(|error| {
        Failure::new(format!("{} is no TOML that an entry can be added to: {error}", escaped(&name)))
            .help("mend it, or name another file with `--output`; nothing was written")
    })?;
    let ranges: Vec<String> = finding.ranges.iter().map(ToString::to_string).collect();
    if let Some((id, _)) = lists.iter().find(|(_, listed)| ranges.iter().all(|range| listed.contains(range))) {
        return Ok(format!(
            "{} has these ranges already, in the list `{}`: nothing was written",
            escaped(&name),
            escaped(id)
        ));
    }
    let id = unused(id(finding), &lists);
    let mut text = old.clone();
    if !text.is_empty() {
        text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
    }
    text.push_str(&entry(finding, &id));
    check(&old, &text, &name)?;
    write(file, &text).map_err(|error| Failure::unwritable(escaped(&name), &error))?;
    Ok(format!("{} has the list `{id}` now", escaped(&name)))
}

/// The lists of a policy: the id and ranges of each.
fn lists(text: &str) -> Result<Vec<(String, Vec<String>)>, String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let Some(scanners) = table.get("scanners") else { return Ok(Vec::new()) };
    let Some(list) = scanners.as_table().ok_or("`scanners` is no table")?.get("list") else { return Ok(Vec::new()) };
    let lists = list.as_array().ok_or("`scanners.list` is no array of tables")?.iter().map(|list| {
        let id = list.get("id").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        let ranges = list.get("ranges").and_then(toml::Value::as_array).into_iter().flatten();
        (id, ranges.filter_map(|range| canonical(range.as_str()?)).collect())
    });
    Ok(lists.collect())
}

/// A range as findings write it: `198.51.100.7` and `198.51.100.7/32` are one.
fn canonical(range: &str) -> Option<String> {
    let network = range.parse().ok().or_else(|| range.parse::<IpAddr>().ok().map(IpNet::from));
    network.map(|network: IpNet| network.trunc().to_string())
}

/// The id, with a number behind it if there is a list of that name.
fn unused(id: String, lists: &[(String, Vec<String>)]) -> String {
    let is_used = |id: &String| lists.iter().any(|(used, _)| used == id);
    if !is_used(&id) {
        return id;
    }
    (2..).map(|number| format!("{id}-{number}")).find(|id| !is_used(id)).unwrap_or(id)
}

/// What was TOML stays TOML, and what was a policy that could be used stays one.
fn check(old: &str, new: &str, name: &str) -> Result<(), Failure> {
    let broken = |why: String| {
        Failure::new(format!("with the entry, {} could not be used any more: {why}", escaped(name)))
            .help("name another file with `--output`; nothing was written")
    };
    lists(new).map_err(broken)?;
    match (GuardConfig::from_toml(old), GuardConfig::from_toml(new)) {
        (Ok(_), Err(error)) => Err(broken(error.to_string())),
        _ => Ok(()),
    }
}

/// Writes a file beside it, and puts that in its place.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    // A link stays a link.
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
    let mut beside = file.clone().into_os_string();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = (|| {
        let mut new = fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
        if let Ok(old) = fs::metadata(&file) {
            new.set_permissions(old.permissions())?;
        }
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        fs::rename(&beside, &file)
    })();
    if written.is_err() {
        // What is left of it is of no use.
        let _ = fs::remove_file(&beside);
    }
    written
}
