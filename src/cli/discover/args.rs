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
Some vendors fetch again every URL that their customers visit. Such a network shows in your own log: it asks for pages that \
nobody else knows, soon after one of your visitors has asked for them. What is proposed is a ranking and no proof: look at \
the evidence first.

Examples:
  scanner-guard discover /var/log/nginx/access.log*
  scanner-guard discover -c scanner-guard.toml --since 30d --html report.html access.log*
  scanner-guard discover --explain 150.70.66.0/24 access.log     # why a network is named or not
  scanner-guard discover --shift 7d access.log                   # the control: nothing must be left
  scanner-guard discover --accept 1 --output scanner-guard.toml access.log
  scanner-guard discover --json access.log | jq '.findings[] | select(.status == \"proposed\") | .ranges[]'

Exit codes:
  0  the logs were read
  1  with --fail-on-findings: somebody new is proposed
  2  the logs or the policy cannot be read, or all requests come from one address";

/// Find networks that ask again for what your visitors have asked for
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(in super::super) struct DiscoverArgs {
    /// Access logs, plain or packed with gzip or Zstandard, merged by time; `-` is standard input
    #[arg(required = true, value_name = "ACCESS.LOG")]
    pub(super) logs: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) policy: MaybePolicyArg,

    #[command(flatten)]
    pub(super) options: LogOptions,

    /// Networks of your own, which are never named, beside `[discovery] own` of the policy: `203.0.113.0/24`
    #[arg(long, value_name = "NETWORK", value_parser = own_network)]
    pub(super) own: Vec<IpNet>,

    /// What to add to a log's times: `web2.log=-90`; found from common clients where it is not given
    #[arg(long, value_name = "LOG=SECONDS")]
    pub(super) clock_offset: Vec<ClockOffset>,

    /// Say why this network is named or not, instead of the report
    #[arg(long, value_name = "NETWORK", conflicts_with_all = ["html", "accept", "shift", "fail_on_findings"])]
    pub(super) explain: Option<NetworkArg>,

    /// Add finding N to a TOML file; see --output
    #[arg(long, value_name = "N", requires = "output")]
    pub(super) accept: Option<usize>,

    /// The TOML file that --accept adds to, which is the policy or one in its `include`; entries that are there stay as they are
    #[arg(long, value_name = "FILE", requires = "accept")]
    pub(super) output: Option<PathBuf>,

    /// Show 8 hexadecimal digits for each target, so that the report can be handed on
    #[arg(long)]
    pub(super) no_targets: bool,

    /// Show the /24 or /48 of leaders instead of their addresses
    #[arg(long)]
    pub(super) mask: bool,

    /// The control as well: each network's times are moved by up to this time (`7d`; more than 8 hours), so that nobody follows
    /// anybody. Takes 64 bytes of memory for each request beside `--memory`, up to 1 GiB
    #[arg(long, value_name = "TIME", value_parser = shift_time)]
    pub(super) shift: Option<Duration>,

    /// Also write a page with charts, in one file; of up to 524,288 requests with the control, which takes 32 MiB
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,

    /// How much memory the tables may take; reading takes some 20 MB more, and 0.3 MB for each log that covers the same time
    #[arg(long, value_name = "SIZE", default_value = "110M")]
    pub(super) memory: Memory,

    /// Exit with 1 where somebody is proposed whom the policy does not have yet
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

/// An address or a network of the command line. An address inside a network is refused, since either may be meant.
pub(in super::super) fn own_network(text: &str) -> Result<IpNet, String> {
    prefix::parse_strict(text).map_err(|error| match error {
        prefix::PrefixError::Malformed => "write an address or a network, such as `203.0.113.0/24`".to_owned(),
        error => format!("{error}: {}", error.help()),
    })
}

/// By how much the control moves times: further than an echo may be from its leader, or most pairs would stay pairs.
fn shift_time(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    match time > shift::LEAST {
        true => Ok(time),
        false => Err("an echo may come up to 8 hours after its leader, so shorter moves leave pairs as they are: write a day or \
                      more, such as `7d`"
            .to_owned()),
    }
}
