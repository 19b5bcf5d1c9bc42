//! The arguments of `discover`.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;

use super::super::input::MaybePolicyArg;
use super::super::logs::LogOptions;
use super::clocks::ClockOffset;
use super::explain::NetworkArg;
use super::shift;
use crate::util::prefix;

const HELP: &str = "\
Some vendors fetch every URL again that their customers visit. Your own log shows such a network: it requests pages that \
nobody else knows, soon after one of your visitors. A proposed finding is a ranking, not a proof: read the evidence \
before you use it.

Examples:
  scanner-guard discover /var/log/nginx/access.log*
  scanner-guard discover -c scanner-guard.toml --since 30d --html report.html access.log*
  scanner-guard discover --explain 150.70.66.0/24 access.log     # why a network is a finding or not
  scanner-guard discover --shift 7d access.log                   # the control: it must propose nothing
  scanner-guard discover --accept 1 --output scanner-guard.toml access.log
  scanner-guard discover --json access.log | jq '.findings[] | select(.status == \"proposed\") | .ranges[]'

Exit codes:
  0  the logs were read
  1  with --fail-on-findings: a network is proposed that the policy does not contain
  2  the logs or the policy cannot be read, or all requests come from one address";

/// Find networks that request again what your visitors have requested
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(in super::super) struct DiscoverArgs {
    /// Access logs, plain or compressed with gzip or Zstandard, merged by time; `-` is standard input
    #[arg(required = true, value_name = "ACCESS.LOG")]
    pub(super) logs: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) policy: MaybePolicyArg,

    #[command(flatten)]
    pub(super) options: LogOptions,

    /// A network of your own, such as `203.0.113.0/24`, which is never a finding; added to `own` in `[discovery]`
    #[arg(long, value_name = "NETWORK", value_parser = own_network)]
    pub(super) own: Vec<IpNet>,

    /// Seconds to add to all times of a log, such as `web2.log=-90` [default: computed from the clients that several logs have]
    #[arg(long, value_name = "LOG=SECONDS")]
    pub(super) clock_offset: Vec<ClockOffset>,

    /// Show why this network is a finding or not, instead of the report
    #[arg(long, value_name = "NETWORK", conflicts_with_all = ["html", "accept", "shift", "fail_on_findings"])]
    pub(super) explain: Option<NetworkArg>,

    /// Add finding N as a list to the TOML file of --output
    #[arg(long, value_name = "N", requires = "output")]
    pub(super) accept: Option<usize>,

    /// The TOML file to which --accept adds the list: the policy, or a file in its `include`. Existing entries stay unchanged
    #[arg(long, value_name = "FILE", requires = "accept")]
    pub(super) output: Option<PathBuf>,

    /// Show 8 hexadecimal digits in place of each target, so that you can give the report to others
    #[arg(long)]
    pub(super) no_targets: bool,

    /// Show the /24 or /48 of leaders instead of their addresses
    #[arg(long)]
    pub(super) mask: bool,

    /// Also compute the control: the times of each network are moved by up to this time, such as `7d` (more than 8 hours), so that
    /// real echoes disappear. Needs 64 bytes of memory for each request in addition to `--memory`, up to 1 GiB
    #[arg(long, value_name = "TIME", value_parser = shift_time)]
    pub(super) shift: Option<Duration>,

    /// Also write the report as an HTML page with charts to this file. For up to 524,288 requests, the page includes the control,
    /// which needs 32 MiB
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,

    /// Maximum memory for the tables, from 1M to 64G. Reading needs about 20 MB more, and 0.3 MB for each log of the same time
    #[arg(long, value_name = "SIZE", default_value = "110M")]
    pub(super) memory: Memory,

    /// Exit with code 1 if a network is proposed that the policy does not contain
    #[arg(long)]
    pub(super) fail_on_findings: bool,
}

/// A size in bytes: `64M`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory(pub(super) usize);

impl FromStr for Memory {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let usage = || "write a size of 1M to 64G, such as `64M`".to_owned();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let shift = match unit.trim_end_matches('B').trim_end_matches('i') {
            "K" | "k" => 10,
            "M" | "m" => 20,
            "G" | "g" => 30,
            _ => return Err(usage()),
        };
        let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift)).ok_or_else(usage)?;
        let in_bounds = (1 << 20..=64 << 30).contains(&bytes);
        usize::try_from(bytes).ok().filter(|_| in_bounds).map(Self).ok_or_else(usage)
    }
}

/// Parses an address or a network. An address with a shorter prefix is refused, since either may be meant.
pub(in super::super) fn own_network(text: &str) -> Result<IpNet, String> {
    prefix::parse_strict(text).map_err(|error| match error {
        prefix::PrefixError::Malformed => "write an address or a network, such as `203.0.113.0/24`".to_owned(),
        error => format!("{error}: {}", error.help()),
    })
}

/// Parses the offset of the control. It must be longer than the longest lag of an echo, or most pairs stay pairs.
fn shift_time(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    match time > shift::LEAST {
        true => Ok(time),
        false => Err("an echo may come up to 8 hours after its leader, so a shorter move leaves pairs unchanged: write a day or \
                      more, such as `7d`"
            .to_owned()),
    }
}
