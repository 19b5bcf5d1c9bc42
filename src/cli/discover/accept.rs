//! `--accept`: adds the entry of a finding to a TOML file, which is the policy or a file that the policy includes.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;

use super::super::failure::Failure;
use super::super::replace_file::replace;
use super::report::{Finding, Report};
use super::snippet;
use crate::config::GuardConfig;
use crate::discovery::Status;
use crate::util::escape::escaped;

/// The policy and its file.
pub(super) struct Policy<'a> {
    pub(super) config: &'a GuardConfig,
    pub(super) file: &'a Path,
}

/// Adds the entry of a finding at the end of a file. Returns a sentence that says what was done.
pub(super) fn accept(
    number: usize,
    report: &Report,
    file: &Path,
    policy: Option<&Policy<'_>>,
) -> Result<String, Failure> {
    let finding = report.findings.iter().find(|finding| finding.number == number).ok_or_else(|| {
        Failure::new(format!("there is no finding {number}")).help("give a number that the report shows")
    })?;
    if finding.status == Status::Declared {
        return Err(Failure::new(format!("finding {number} names itself as a program, and is not proposed"))
            .help("name it in `[scanners] use` if the catalog has it, or write a list of your own"));
    }
    add(finding, file, policy)
}

/// Notes for included files of the policy that do not exist: `--accept` may create such a file.
pub(super) fn missing_included(policy: &Path) -> Vec<String> {
    let missing = included(policy).into_iter().filter(|file| !file.exists());
    let note = |file: PathBuf| {
        let (file, policy) = (file.to_string_lossy().into_owned(), policy.to_string_lossy());
        format!(
            "{file}, which {policy} includes, does not exist; it counts as empty here. The service does not start without it."
        )
    };
    missing.map(note).collect()
}

fn add(finding: &Finding, file: &Path, policy: Option<&Policy<'_>>) -> Result<String, Failure> {
    let name = file.to_string_lossy().into_owned();
    if fs::metadata(file).is_ok_and(|metadata| !metadata.is_file()) {
        let error = std::io::Error::other("it is not a regular file");
        return Err(Failure::unwritable(escaped(&name), &error));
    }
    let old = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::unreadable(escaped(&name), &error)),
    };
    let lists = lists(&old).map_err(|error| {
        Failure::new(format!(
            "cannot add an entry to {}, which is not valid TOML or has other `[scanners]`: {error}",
            escaped(&name)
        ))
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
    let id = unused(snippet::id(finding), &lists, policy);
    let mut text = old.clone();
    if !text.is_empty() {
        text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
    }
    text.push_str(&snippet::entry(finding, &id));
    check(&old, &text, &name)?;
    replace(file, &text).map_err(|error| Failure::unwritable(escaped(&name), &error))?;
    let done = format!("{} has the list `{id}` now", escaped(&name));
    Ok(match policy {
        Some(policy) if !policy.reads(file) => {
            let (from, include) = (escaped(&policy.file.to_string_lossy()).into_owned(), policy.include(file));
            format!("{done}; {from} does not read it yet: write `include = [\"{}\"]` at its top", escaped(&include))
        }
        _ => done,
    })
}

impl Policy<'_> {
    /// Whether the file is the policy, or a file that the policy includes.
    fn reads(&self, file: &Path) -> bool {
        let real = |file: &Path| fs::canonicalize(file).ok();
        let included = included(self.file).into_iter().any(|included| real(&included) == real(file));
        included || real(self.file) == real(file)
    }

    fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new(""))
    }

    /// The text for `include` in the policy that names a file.
    fn include(&self, file: &Path) -> String {
        let real = |path: &Path| fs::canonicalize(if path.as_os_str().is_empty() { Path::new(".") } else { path }).ok();
        let (file, folder) = (real(file).unwrap_or_else(|| file.to_owned()), real(self.folder()));
        let below = folder.and_then(|folder| file.strip_prefix(folder).map(Path::to_owned).ok());
        below.unwrap_or(file).to_string_lossy().into_owned()
    }
}

/// The files that a policy includes.
fn included(policy: &Path) -> Vec<PathBuf> {
    let folder = policy.parent().unwrap_or(Path::new(""));
    let table = fs::read_to_string(policy).ok().and_then(|text| text.parse::<toml::Table>().ok());
    let files = table.as_ref().and_then(|table| table.get("include")?.as_array());
    files.into_iter().flatten().filter_map(|file| Some(folder.join(file.as_str()?))).collect()
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

/// A range in the form of findings: `198.51.100.7` becomes `198.51.100.7/32`.
fn canonical(range: &str) -> Option<String> {
    let network = range.parse().ok().or_else(|| range.parse::<IpAddr>().ok().map(IpNet::from));
    network.map(|network: IpNet| network.trunc().to_string())
}

/// The id, with a number at its end if the file or the policy has a list of that name.
fn unused(id: String, lists: &[(String, Vec<String>)], policy: Option<&Policy<'_>>) -> String {
    let snapshot = policy.map(|policy| policy.config.live().load());
    let in_policy = |id: &str| {
        let mut scanners = snapshot.iter().flat_map(|snapshot| snapshot.engine.scanners().scanners());
        scanners.any(|scanner| scanner.id() == id)
    };
    let is_used = |id: &String| in_policy(id) || lists.iter().any(|(used, _)| used == id);
    if !is_used(&id) {
        return id;
    }
    (2..).map(|number| format!("{id}-{number}")).find(|id| !is_used(id)).unwrap_or(id)
}

/// Checks that the file is still valid TOML, and still a valid policy if it was one.
fn check(old: &str, new: &str, name: &str) -> Result<(), Failure> {
    let broken = |why: String| {
        Failure::new(format!("with the entry, {} could not be used any more: {why}", escaped(name)))
            .help("name another file with `--output`; nothing was written")
    };
    lists(new).map_err(broken)?;
    match (GuardConfig::from_toml_without_fetching(old), GuardConfig::from_toml_without_fetching(new)) {
        (Ok(_), Err(error)) => Err(broken(error.to_string())),
        _ => Ok(()),
    }
}
