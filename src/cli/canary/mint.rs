//! `canary mint`: makes canaries, and one control for each batch of 16 serials.

use std::io::Write;
use std::time::{Duration, SystemTime};

use clap::Args;
use serde::Serialize;

use crate::canary::{BATCH, Canary, Class, SERIALS, Settings};
use crate::cli::console::Console;
use crate::cli::failure::{Failure, Verdict};
use crate::cli::input::PolicyArg;

const DAY: u64 = 24 * 60 * 60;

/// Make new canaries, and their controls
#[derive(Debug, Args)]
#[command(after_help = "\
Each batch of 16 serials has one control. Keep it with the others and never open it: if anybody requests it, the list of \
canaries has leaked, and the canaries of its batch prove nothing.

Nothing is stored. The same secret, day, class and serial make the same URL again.

Examples:
  scanner-guard canary mint --class visit --count 3
  scanner-guard canary mint --class mail --serial 4711          # the recipient's number
  scanner-guard canary mint --class visit --day 2026-11-29 --serial 32 --count 3")]
pub(super) struct MintArgs {
    #[command(flatten)]
    policy: PolicyArg,

    /// The use of the canaries
    #[arg(long, default_value = "visit")]
    class: Class,

    /// The number of canaries, from 1 to 10000
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    count: u32,

    /// The first serial, below 1048576 [default: the first of a random batch]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..i64::from(SERIALS)))]
    serial: Option<u32>,

    /// The first day on which they are valid, in UTC [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    day: Option<SystemTime>,
}

#[derive(Serialize)]
struct Minted {
    url: String,
    path: String,
    #[serde(flatten)]
    canary: Canary,
}

pub(super) fn run(args: &MintArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let settings = super::settings(&args.policy)?;
    let now = SystemTime::now();
    let first = args.serial.map_or_else(|| random_serial(args.count), Ok)?;
    let day = args.day.unwrap_or(now);
    let last = first + args.count - 1;
    let minted = |class: Class, serial: u32| {
        let canary = Canary::new(class, day, serial).ok_or_else(|| {
            Failure::new(format!("there is no canary with the serial {serial} of this day"))
                .help(format!("serials are below {SERIALS}, and days from 1970 to 2149"))
        })?;
        Ok(Minted { url: settings.url(canary), path: settings.path(canary), canary })
    };
    let mut all = (first..=last).map(|serial| minted(args.class, serial)).collect::<Result<Vec<_>, Failure>>()?;
    if args.class != Class::Control {
        let batches = first / BATCH..=last / BATCH;
        all.extend(batches.map(|batch| minted(Class::Control, batch * BATCH)).collect::<Result<Vec<_>, Failure>>()?);
    }
    if console.is_json() {
        console.write_json(&all)?;
        return Ok(Verdict::Good);
    }
    let row = |minted: &Minted| {
        let Minted { url, canary, .. } = minted;
        [
            url.clone(),
            canary.class().to_string(),
            canary.date(),
            canary.serial().to_string(),
            what_to_do(canary.class()).to_owned(),
        ]
    };
    console.write_table(["url", "class", "day", "serial", "what to do"], &[3], all.iter().map(row))?;
    write_validity(&settings, all[0].canary, console)?;
    Ok(Verdict::Good)
}

fn what_to_do(class: Class) -> &'static str {
    match class {
        Class::Visit => "open once, from the network that you suspect",
        Class::Control => "never open: a hit means that this list leaked",
        Class::Mail => "send in a mail to one recipient",
        Class::Chat => "post in a chat",
        Class::Page => "put behind a link that no person sees",
        #[allow(unreachable_patterns, reason = "a class of a later version")]
        _ => "",
    }
}

fn write_validity(settings: &Settings, canary: Canary, console: &mut Console) -> Result<(), Failure> {
    writeln!(console)?;
    let last = canary.day() + Duration::from_secs(u64::from(settings.days) * DAY);
    let last: String = humantime::format_rfc3339_seconds(last).to_string().chars().take(10).collect();
    writeln!(
        console,
        "Valid from {} to {last} (UTC). Then look for hits: scanner-guard canary report ACCESS.LOG",
        canary.date()
    )?;
    if settings.host.is_empty() {
        writeln!(console, "With `host = \"shop.example\"` under [canary], whole URLs are shown.")?;
    }
    Ok(())
}

/// The first serial of a batch that leaves room for so many. Two calls of a day have the same one once in 65,536 times.
fn random_serial(count: u32) -> Result<u32, Failure> {
    let number = getrandom::u32()
        .map_err(|error| Failure::new(format!("cannot read random bytes from the operating system: {error}")))?;
    Ok(number % ((SERIALS - count) / BATCH + 1) * BATCH)
}

/// Parses a day of the command line, such as `2026-11-29`.
pub(super) fn day(text: &str) -> Result<SystemTime, String> {
    let time = humantime::parse_rfc3339_weak(&format!("{text}T00:00:00Z")).ok();
    time.filter(|_| text.len() == 10).ok_or_else(|| "write a day, such as `2026-11-29`".to_owned())
}
