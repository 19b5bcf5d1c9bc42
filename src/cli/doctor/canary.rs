//! `doctor canary`: compares the answers of a running server to a canary, to guesses and to unknown paths.

use std::io::Write;

use clap::Args;
use serde_json::{Value, json};

use super::parity::{self, Compared};
use super::server::ServerArgs;
use crate::canary::{Canaries, Canary};
use crate::cli::console::{BAD, Console, DIM};
use crate::cli::failure::{Failure, Verdict};
use crate::cli::input::PolicyArg;
use crate::testing::PERSON;
use crate::testing::running_canary::{CanaryExamination, CanaryFinding, RunningCanary};
use crate::util::escape::escaped;

const EXAMPLE: &str = "\
Example:
  scanner-guard doctor canary --url http://127.0.0.1:8080";

/// Compare the answer for a canary with the answers for guesses and unknown paths
///
/// Mints a canary of 1970 with the policy's secret, and sends about 300 requests for it. Sends the same requests for two guesses, and
/// for two other paths that do not exist: with every method, with bodies, conditions, cookies, CORS and compression. Shows every
/// difference between the answers: lines of the missing page (-) and of the canary (+).
///
/// No experiment is affected: a canary of 1970 has expired, so its hits prove nothing, and no file stores them. The log of the server
/// then has one line about this canary, if the server has the same secret. The answers do not show this.
///
/// Use it only on your own servers. It also sends POST, PUT, PATCH and DELETE; limit the methods with `--methods`.
///
/// Exit codes: 0 no difference, 1 differences or another page, 2 the server cannot be reached.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct CanaryArgs {
    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    policy: PolicyArg,
}

pub(super) fn run(args: &CanaryArgs, console: &mut Console) -> Result<Verdict, Failure> {
    args.server.check()?;
    let config = args.policy.load()?;
    let settings = crate::cli::canary::settings_of(&config)?;
    let (server, host) = args.server.address()?;
    let own_host = Some(settings.host.clone()).filter(|host| !host.is_empty());
    let running = RunningCanary {
        server,
        host: args.server.host.clone().or(own_host).unwrap_or(host),
        forwarding: config.live().load().engine.client().forwarding(PERSON),
        path: Canaries::new(settings).path(Canary::TEST),
        methods: args.server.methods.clone(),
    };
    let examination = running.examine().map_err(|error| args.server.unreachable(&error))?;
    if console.is_json() {
        console.write_json(&as_json(&running, &examination))?;
    } else {
        write_text(&running, &examination, console)?;
    }
    let is_good = matches!(&examination.finding, CanaryFinding::Compared { parity, .. } if parity.is_identical());
    Ok(if is_good { Verdict::Good } else { Verdict::Found })
}

fn write_text(running: &RunningCanary, examination: &CanaryExamination, console: &mut Console) -> Result<(), Failure> {
    let path = &running.path;
    match &examination.finding {
        CanaryFinding::OwnPage { canary, unknown } => {
            let verdict = console.paint(BAD, "another page");
            writeln!(
                console,
                "{verdict}: {path} is answered with {}, and a path that does not exist with {}",
                escaped(canary),
                escaped(unknown)
            )?;
            let help = "the application has a page in the folder of canaries, or a rule covers it: choose another `prefix` in `[canary]`, \
                        such as \"/r2/\"";
            console.warn("nothing was compared", Some(help));
        }
        CanaryFinding::Compared { parity, http2, status } => {
            let name = format!("the canary {path}");
            Compared { name: &name, path, parity }.write(console)?;
            let [guess, _, unknown, _] = &examination.others;
            let note =
                format!("compared with {guess} (a guess) and {unknown} (not the form of a token): {}", escaped(status));
            writeln!(console, "{}", console.paint(DIM, note))?;
            if !http2 {
                console.warn("HTTP/2 was not tried: the server does not speak it without TLS", None);
            }
            if status.split(' ').nth(1).is_some_and(|code| code.starts_with('2')) {
                let help =
                    "this is usual for applications that run in the browser; crawlers may then take canaries for pages";
                console.warn("the application answers every unknown path with a page", Some(help));
            }
            console.note(&format!(
                "if the server has the same secret, its log has a line about the canary `{}`",
                Canary::TEST
            ));
        }
    }
    Ok(())
}

fn as_json(running: &RunningCanary, examination: &CanaryExamination) -> Value {
    let request = json!({ "path": running.path, "others": examination.others });
    match &examination.finding {
        CanaryFinding::OwnPage { canary, unknown } => {
            parity::joined(request, json!({ "verdict": "other-page", "status": canary, "unknown": unknown }))
        }
        CanaryFinding::Compared { parity, http2, status } => {
            parity::as_json(parity::joined(request, json!({ "status": status })), parity, *http2)
        }
    }
}
