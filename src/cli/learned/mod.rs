//! `learned`: lists findings, and records the decisions of people about them.

mod args;
mod show;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ipnet::IpNet;

pub(super) use args::LearnedArgs;
use args::{ApproveArgs, Decider, DismissArgs, ExtendArgs, LearnedCommand, line};
pub(super) use show::approved;

use super::console::Console;
use super::failure::{Failure, Verdict};
use crate::catalog;
use crate::config::GuardConfig;
use crate::learned::{Approval, Entry, Learned, LearnedError, LearnedFile, Line, State, Time};
use crate::util::escape::escaped;

/// The file, if neither the command line nor the policy names one.
const DEFAULT_FILE: &str = "discovered.json";

/// The file of findings, and the policy that may read it.
struct Opened {
    path: PathBuf,
    file: LearnedFile,
    /// Whether `--file` names it.
    is_named: bool,
    policy: Option<(PathBuf, GuardConfig)>,
}

pub(super) fn run(args: &LearnedArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let config = args.policy.load()?;
    let policy = args.policy.file().zip(config);
    let of_policy = policy.as_ref().and_then(|(_, config)| config.live().load().engine.discovery().file.clone());
    let path = args.file.clone().or(of_policy).unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
    let file = LearnedFile::new(&path);
    let opened = Opened { path, file, is_named: args.file.is_some(), policy };
    let now = Time::of(SystemTime::now());
    match &args.command {
        LearnedCommand::List => list(&opened, now, console),
        LearnedCommand::Approve(args) => approve(args, &opened, now, console),
        LearnedCommand::Dismiss(args) => dismiss(args, &opened, now, console),
        LearnedCommand::Extend(args) => extend(args, &opened, now, console),
    }
}

fn list(opened: &Opened, now: Time, console: &mut Console) -> Result<Verdict, Failure> {
    let learned = opened.file.load_as_of(now).map_err(only_read)?;
    let name = escaped(&opened.path.to_string_lossy()).into_owned();
    let nothing = match (opened.file.exists(), opened.is_named) {
        (true, _) => "nothing was found yet".to_owned(),
        (false, false) => format!("{name} does not exist: nothing was found yet, or name the file with `--file`"),
        (false, true) => {
            return Err(Failure::new(format!("{name} does not exist")).help("name a file of findings with `--file`"));
        }
    };
    show::list(&learned, &nothing, now, opened.policy.as_ref().map(|(_, config)| config), console)
}

fn approve(args: &ApproveArgs, opened: &Opened, now: Time, console: &mut Console) -> Result<Verdict, Failure> {
    let by = args.decider.by()?;
    let note = args.note.as_deref().map(|note| line(note, "--note")).transpose()?;
    let given = args.owner.as_deref().map(|owner| line(owner, "--owner")).transpose()?;
    let exclusive = args.exclusive;
    let changed = change(opened, &args.decider, |entry| {
        if let Some(why) = opened.exclusion_reason(entry) {
            return Err(Failure::new(format!("{}: {why}", entry.id)).help("dismiss it, or change the policy"));
        }
        let replaced = replaced(entry, now);
        let owner = given.or_else(|| catalog_owner(entry));
        let approval = Approval { note, exclusive, owner };
        let until = entry.approve(by, approval, now).map_err(|why| {
            let failure = Failure::new(format!("{}: {why}", entry.id));
            match exclusive {
                true => failure.help(
                    "open a canary from the leader's network (`scanner-guard canary mint`), or look the range up with whois and write `--owner 'NAME, \
                     whois'`; without `--exclusive`, its requests are tagged",
                ),
                false => failure,
            }
        })?;
        Ok((replaced, until))
    })?;
    let Changed { entry, result: (replaced, until), .. } = &changed;
    let ranges: Vec<String> = entry.networks().map(|range| range.to_string()).collect();
    let (id, audience, ranges) = (&entry.id, entry.audience().as_str(), ranges.join(", "));
    let done = match opened.why_not_read() {
        None => format!("{id} is in use as {audience} until {until}: {ranges}"),
        Some(why) => format!("{id} is approved as {audience} until {until}: {ranges}; {why}"),
    };
    console.note(&done);
    if let Some(replaced) = replaced {
        console.note(&format!("this replaces: {replaced}"));
    }
    changed.show(opened, now, console)
}

/// The approval that another one replaces.
fn replaced(entry: &Entry, now: Time) -> Option<String> {
    let State::Approved { until } = entry.state(now) else { return None };
    Some(format!("{} as {}, until {until}", show::approval(entry)?, entry.audience().as_str()))
}

fn dismiss(args: &DismissArgs, opened: &Opened, now: Time, console: &mut Console) -> Result<Verdict, Failure> {
    let by = args.decider.by()?;
    let note = args.note.as_deref().map(|note| line(note, "--note")).transpose()?;
    let changed = change(opened, &args.decider, |entry| {
        let replaced = replaced(entry, now);
        entry.dismiss(by, note, now);
        Ok(replaced)
    })?;
    let id = &changed.entry.id;
    console.note(&format!(
        "{id} is dismissed; it comes back with a canary hit, a better status or strength, or twice the echoes"
    ));
    if let Some(replaced) = &changed.result {
        console.note(&format!("this ends: {replaced}"));
    }
    changed.show(opened, now, console)
}

fn extend(args: &ExtendArgs, opened: &Opened, now: Time, console: &mut Console) -> Result<Verdict, Failure> {
    let by = args.decider.by()?;
    let changed = change(opened, &args.decider, |entry| {
        entry.extend(by, args.time.as_secs(), now).map_err(|why| Failure::new(format!("{}: {why}", entry.id)))
    })?;
    let (id, until) = (&changed.entry.id, &changed.result);
    console.note(&match opened.why_not_read() {
        None => format!("{id} is in use until {until}"),
        Some(why) => format!("{id} is approved until {until}; {why}"),
    });
    changed.show(opened, now, console)
}

impl Opened {
    /// The reason why no policy reads the file, and the text to write. `None` if the policy reads it.
    fn why_not_read(&self) -> Option<String> {
        let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let file = real(&self.path);
        let name = |file: &Path| escaped(&file.to_string_lossy()).into_owned();
        let write = |file: &str| format!("write `file = \"{file}\"` under `[discovery]`");
        let Some((policy, config)) = &self.policy else {
            return Some(format!(
                "no policy reads it yet: {}, or name the policy with `--config`",
                write(&name(&self.path))
            ));
        };
        let read = config.live().load().engine.discovery().file.clone();
        if read.is_some_and(|read| real(&read) == file) {
            return None;
        }
        let folder = real(policy).parent().map(Path::to_owned).unwrap_or_default();
        let below = file.strip_prefix(&folder).unwrap_or(&file);
        Some(format!("{} does not read {} yet: {}", name(policy), name(&self.path), write(&name(below))))
    }

    /// The reason why the policy never treats the ranges of an entry as a scanner.
    fn exclusion_reason(&self, entry: &Entry) -> Option<String> {
        let (_, config) = self.policy.as_ref()?;
        let snapshot = config.live().load();
        let engine = &snapshot.engine;
        let meets = |ranges: &[IpNet]| {
            entry.networks().find(|own| ranges.iter().any(|range| range.contains(own) || own.contains(range)))
        };
        let proxies: Vec<IpNet> = engine.client().trusted_ranges().collect();
        let allowed: Vec<IpNet> = engine.scanners().allowed_ranges().collect();
        if let Some(range) = meets(&proxies) {
            return Some(format!("{range} has addresses of a trusted proxy, through which people send requests"));
        }
        if let Some(range) = meets(&engine.discovery().own) {
            return Some(format!("{range} has addresses of your own networks (`own` in `[discovery]`)"));
        }
        let allowed = entry.networks().find(|own| allowed.iter().any(|range| range.contains(own)));
        allowed.map(|range| format!("{range} is in `scanners.allow`, so it never matches a scanner"))
    }
}

/// The vendor of the catalog that has all ranges of an entry.
fn catalog_owner(entry: &Entry) -> Option<Line> {
    let mut ranges = entry.networks();
    let first = ranges.next()?;
    let holds = |holder: &str, range: IpNet| {
        catalog::whois(range.addr())
            .any(|found| found.holder().id() == holder && found.range().network().contains(&range))
    };
    let rest: Vec<IpNet> = ranges.collect();
    let mut holders = catalog::whois(first.addr()).map(|found| found.holder());
    let holder =
        holders.find(|holder| holds(holder.id(), first) && rest.iter().all(|range| holds(holder.id(), *range)))?;
    Line::new(&format!("{}, catalog", holder.name())).ok()
}

/// A changed entry, its place in the file, and the result of the change.
struct Changed<T> {
    at: usize,
    entry: Entry,
    result: T,
}

impl<T> Changed<T> {
    fn show(&self, opened: &Opened, now: Time, console: &mut Console) -> Result<Verdict, Failure> {
        let config = opened.policy.as_ref().map(|(_, config)| config);
        show::decided(self.at, &self.entry, now, config, console)?;
        Ok(Verdict::Good)
    }
}

/// Changes one entry. If this fails, the file stays unchanged.
fn change<T>(
    opened: &Opened,
    decider: &Decider,
    change: impl FnOnce(&mut Entry) -> Result<T, Failure>,
) -> Result<Changed<T>, Failure> {
    if !opened.file.exists() {
        let message =
            format!("{} does not exist, so there is nothing to decide", escaped(&opened.path.to_string_lossy()));
        return Err(Failure::new(message).help("name the file of findings with `--file`"));
    }
    let made = opened.file.update(|learned| {
        let (at, id) = find(learned, &decider.finding)?;
        let entry = learned.entry_mut(&id).ok_or_else(|| Failure::new(format!("there is no entry {id}")))?;
        let result = change(entry)?;
        Ok(Changed { at, entry: entry.clone(), result })
    });
    made.map_err(|error| refused(&error))?
}

/// The place and the id of the entry with this id or number.
fn find(learned: &Learned, text: &str) -> Result<(usize, String), Failure> {
    let by_id = learned.entries.iter().position(|entry| entry.id == text);
    let at = by_id.or_else(|| text.parse::<usize>().ok()?.checked_sub(1));
    let entry = at.and_then(|at| Some((at, learned.entries.get(at)?.id.clone())));
    entry.ok_or_else(|| {
        let help = match learned.entries.len() {
            0 => "nothing was found yet: the file has no entry".to_owned(),
            _ => "write a number or an id that `scanner-guard learned list` shows".to_owned(),
        };
        Failure::new(format!("there is no finding `{}`", escaped(text))).help(help)
    })
}

fn refused(error: &LearnedError) -> Failure {
    Failure::new(error.place_and_message()).help(error.help())
}

/// An error while the file is only read.
#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn only_read(error: LearnedError) -> Failure {
    let help = error.help().trim_end_matches("; nothing was written").to_owned();
    Failure::new(error.place_and_message()).help(help)
}
