//! `canary check`: finds out whether URLs are canaries of the policy, and until which day they are valid.

use std::io::Write;
use std::time::{Duration, SystemTime};

use clap::Args;
use serde::Serialize;

use crate::canary::{Canary, Settings};
use crate::cli::console::{BOLD, Console};
use crate::cli::failure::{Failure, Verdict};
use crate::cli::input::PolicyArg;
use crate::util::escape::escaped;

/// Check whether URLs are canaries of this policy
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes:
  0  all URLs are canaries
  1  at least one URL is not a canary, or is on another host
  2  the policy cannot be read")]
pub(super) struct CheckArgs {
    /// URLs, paths or tokens
    #[arg(required = true, value_name = "URL")]
    urls: Vec<String>,

    #[command(flatten)]
    policy: PolicyArg,
}

#[derive(Serialize)]
struct Checked<'a> {
    url: &'a str,
    canary: Option<Canary>,
    /// The last day on which its hits prove anything.
    good_until: Option<String>,
    is_good: bool,
    /// The host of the URL, if it is another one than the policy's.
    other_host: Option<&'a str>,
}

pub(super) fn run(args: &CheckArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let settings = super::settings(&args.policy)?;
    let now = SystemTime::now();
    let checked: Vec<Checked<'_>> = args.urls.iter().map(|url| check(url, &settings, now)).collect();
    if console.is_json() {
        console.write_json(&checked)?;
    } else {
        for Checked { url, canary, good_until, is_good, other_host } in &checked {
            let url = escaped(url);
            match (canary, good_until) {
                (Some(canary), Some(until)) => {
                    let canary = console.paint(BOLD, format!("{canary}"));
                    let state = if *is_good { "valid until" } else { "expired, was valid until" };
                    writeln!(console, "{url}: {canary}, {state} {until}")?;
                }
                _ => writeln!(console, "{url}: no canary of this policy's secrets")?,
            }
            if let Some(other) = other_host {
                writeln!(
                    console,
                    "  canaries of this policy are for {}, and this URL is on {}",
                    escaped(&settings.host),
                    escaped(other)
                )?;
            }
        }
    }
    let all = checked.iter().all(|checked| checked.canary.is_some() && checked.other_host.is_none());
    Ok(if all { Verdict::Good } else { Verdict::Found })
}

fn check<'a>(url: &'a str, settings: &Settings, now: SystemTime) -> Checked<'a> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let canary = settings.find(path, None).canary();
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let until = |canary: &Canary| {
        let last = canary.day() + Duration::from_secs(u64::from(settings.days) * 24 * 60 * 60);
        humantime::format_rfc3339_seconds(last).to_string().chars().take(10).collect()
    };
    Checked {
        url,
        canary,
        good_until: canary.as_ref().map(until),
        is_good: canary.is_some_and(|canary| canary.is_good(seconds, settings.days)),
        other_host: host(url).filter(|host| !settings.host.is_empty() && !host.eq_ignore_ascii_case(&settings.host)),
    }
}

/// The host of a URL, without its port; `None` for a path or a token alone.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let port = host.rfind(':').filter(|at| host[at + 1..].bytes().all(|byte| byte.is_ascii_digit()));
    Some(&host[..port.unwrap_or(host.len())])
}
