//! The command line of `catalog-update`, and its work.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::{ArgAction, Parser, Subcommand};
use ipnet::IpNet;

use super::files::{Data, FileError, GroupFile, entries, text};
use super::layout::Layout;
use super::update::{Fetched, Merged, Terms, describe, merge};
use super::{check, compile, document, recall};
use crate::feeds::Format;

/// Merges published lists of vendors into the data files of the catalog, and makes the compiled form and CATALOG.md
/// from these. Reads only local files. Without any copy, it only makes the two files again. If there is any problem,
/// nothing is written.
#[derive(Debug, Parser)]
#[command(name = "catalog-update", args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    work: Option<Work>,
    /// The folder with `Cargo.toml`.
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// A vendor's or proxy set's id and a copy of its feed.
    #[arg(long, num_args = 2, value_names = ["ID", "FILE"], action = ArgAction::Set)]
    vendor: Vec<String>,
    /// The number of the feed for `--vendor`, from 1, if there are several.
    #[arg(long, requires = "vendor")]
    feed: Option<usize>,
    /// The format of this copy, if it differs from the format in the data file.
    #[arg(long, requires = "vendor")]
    format: Option<String>,
    /// A folder with copies: `ID.json`, or `ID.2.txt` for the second of several feeds.
    #[arg(long)]
    from: Option<PathBuf>,
    /// The day on which the copies were fetched, as YYYY-MM-DD. Default: today.
    #[arg(long)]
    date: Option<String>,
    /// Accepts a list that lost many of its entries.
    #[arg(long)]
    allow_shrink: bool,
    /// Writes nothing, and fails if a file would change.
    #[arg(long, conflicts_with_all = ["vendor", "from"])]
    check: bool,
}

/// Other work.
#[derive(Debug, Subcommand)]
enum Work {
    /// Prints the requests of access logs that name themselves as a bot which is not in the catalog.
    Recall {
        /// Access logs, plain or compressed.
        #[arg(required = true, value_name = "ACCESS.LOG")]
        logs: Vec<PathBuf>,
        /// Maximum number of user agents in the output.
        #[arg(long, value_name = "N", default_value_t = 100)]
        top: usize,
    },
}

/// Runs the command. Returns the output.
///
/// # Errors
///
/// All problems. Nothing is written then.
pub fn run(args: &Args) -> Result<String, Vec<String>> {
    if let Some(Work::Recall { logs, top }) = &args.work {
        return recall::recall(logs, *top);
    }
    let layout = Layout::new(&args.root);
    let mut data = Data::read(&layout).map_err(one)?;
    let date = args.date.clone().unwrap_or_else(today);
    if !check::is_date(&date) {
        return Err(vec![format!("--date: `{date}` is not a date; write YYYY-MM-DD")]);
    }
    let before = known(&data);
    let merged = merge_all(args, &mut data, &date)?;
    let made = make(&layout, &mut data)?;
    let stale: Vec<&(PathBuf, String)> =
        made.iter().filter(|(path, new)| text(path).map_or(true, |old| old != *new)).collect();
    if args.check {
        return match stale[..] {
            [] => Ok("the catalog is in order\n".into()),
            _ => Err(stale.iter().map(|(path, _)| format!("{}: run `catalog-update`", path.display())).collect()),
        };
    }
    let after = known(&data);
    let mut report: String = merged.iter().map(|merged| describe(merged, &before, &after)).collect();
    let edited = merged.iter().map(|merged| (&merged.path, &merged.text));
    for (path, text) in edited.chain(stale.into_iter().map(|(path, text)| (path, text))) {
        std::fs::write(path, text).map_err(|error| one(FileError::new(path, error)))?;
        let _ = writeln!(report, "wrote {}", path.display());
    }
    Ok(report)
}

#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn one(error: FileError) -> Vec<String> {
    vec![error.to_string()]
}

fn today() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string().chars().take(10).collect()
}

fn known(data: &Data) -> Vec<(IpNet, String)> {
    let of = |(id, _, groups): (&str, &Path, &[GroupFile])| -> Vec<(IpNet, String)> {
        groups.iter().flat_map(GroupFile::nets).map(|net| (net, id.to_owned())).collect()
    };
    data.holders().flat_map(of).collect()
}

/// Merges all copies one after the other, or returns the reason for each refused copy.
fn merge_all(args: &Args, data: &mut Data, date: &str) -> Result<Vec<Merged>, Vec<String>> {
    let terms = Terms { date, allow_shrink: args.allow_shrink };
    let (mut merged, mut refused) = (Vec::new(), Vec::new());
    for fetched in copies(args)? {
        match merge(data, &merged, &fetched, &terms) {
            Ok(new) => {
                data.replace(&new.path, &new.text).map_err(one)?;
                merged.push(new);
            }
            Err(error) => refused.push(error.to_string()),
        }
    }
    if refused.is_empty() { Ok(merged) } else { Err(refused) }
}

/// The copies in the arguments.
fn copies(args: &Args) -> Result<Vec<Fetched>, Vec<String>> {
    let mut copies = Vec::new();
    if let [id, file] = &args.vendor[..] {
        let format = args.format.as_deref().map(str::parse::<Format>).transpose();
        let format = format.map_err(|error| vec![format!("--format: {error}")])?;
        copies.push(Fetched { id: id.clone(), feed: args.feed, format, file: file.into() });
    }
    for file in args.from.as_deref().map(entries).transpose().map_err(one)?.into_iter().flatten() {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut parts = name.split('.');
        let id = parts.next().unwrap_or_default().to_owned();
        let feed = parts.next().and_then(|part| part.parse().ok());
        copies.push(Fetched { id, feed, format: None, file });
    }
    Ok(copies)
}

/// The files that are made from the data, if the data keep their rules. New ids are added.
fn make(layout: &Layout, data: &mut Data) -> Result<Vec<(PathBuf, String)>, Vec<String>> {
    let new: Vec<String> = data.holders().map(|(id, ..)| id.to_owned()).filter(|id| !data.ids.contains(id)).collect();
    data.ids.extend(new);
    data.ids.sort();
    let problems = check::problems(data);
    if !problems.is_empty() {
        return Err(problems);
    }
    let compiled = compile::compile(data).map_err(|problem| vec![problem])?;
    let ids = data.ids.iter().map(|id| format!("{id}\n")).collect();
    Ok(vec![(layout.ids(), ids), (layout.compiled(), compiled), (layout.document(), document::document(data))])
}
