//! `doctor decoy`: compares a decoy of a running server with its answers for missing pages.

use std::io::Write;
use std::net::IpAddr;

use clap::Args;
use http::header::HeaderName;
use serde_json::{Value, json};

use super::parity::{self, Compared};
use super::server::ServerArgs;
use crate::cli::console::{BAD, Console, DIM};
use crate::cli::failure::{Failure, Verdict};
use crate::testing::running::{Examination, Finding, Running};
use crate::util::escape::escaped_lines;

const EXAMPLE: &str = "\
Example:
  scanner-guard doctor decoy --url http://127.0.0.1:8080 --path /admin --as 150.70.66.183";

/// Compare a decoy with the answer for a page that does not exist
///
/// Sends about 400 requests as a scanner to a protected path, and the same requests to two paths that do not exist: with
/// every method, with bodies, conditions, cookies, CORS and compression, over HTTP/1.0, HTTP/1.1 and, if the server
/// speaks it without TLS, HTTP/2. Shows every difference between the answers: lines of the missing page (-) and of the
/// decoy (+).
///
/// Use it only on your own servers. It also sends POST, PUT, PATCH and DELETE: if the policy hides the path for some
/// methods only, the other requests reach the application. Limit the methods with `--methods` to prevent that. The
/// server must trust this machine as a proxy (`trusted_proxies`), since the scanner's address is sent in a header.
///
/// Exit codes: 0 no difference, 1 differences, no decoy or nothing tested, 2 the server cannot be reached.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct DecoyArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// The path up to the first protected segment: /admin, not /admin/users
    #[arg(long)]
    path: String,

    /// A scanner's address, such as 150.70.66.183
    #[arg(long = "as", value_name = "ADDRESS")]
    scanner: IpAddr,

    /// The header in which a trusted proxy sends the client's address
    #[arg(long, default_value = "x-forwarded-for")]
    header: HeaderName,

    /// A path beside the protected one that does not exist [default: generated]
    #[arg(long)]
    missing: Option<String>,
}

pub(super) fn run(args: &DecoyArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let running = args.running()?;
    let examination = running.examine().map_err(|error| args.server.unreachable(&error))?;
    if console.is_json() {
        console.write_json(&as_json(&running, &examination))?;
    } else {
        write_text(&running, &examination, console)?;
    }
    // If all clients find the page missing, the comparison proves nothing.
    let good = matches!(
        &examination.finding,
        Finding::Compared { parity, for_all_clients: false, .. } if parity.is_identical()
    );
    Ok(if good { Verdict::Good } else { Verdict::Found })
}

impl DecoyArgs {
    fn running(&self) -> Result<Running, Failure> {
        for path in std::iter::once(&self.path).chain(&self.missing) {
            let is_path = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'?');
            if !is_path {
                let help = "write it as in a request line, percent-encoded and without a query: /caf%C3%A9";
                return Err(Failure::new(format!("`{path}` is no path")).help(help));
            }
        }
        self.server.check()?;
        let (server, host) = self.server.address()?;
        Ok(Running {
            server,
            host: self.server.host.clone().unwrap_or(host),
            header: self.header.clone(),
            scanner: self.scanner,
            path: self.path.clone(),
            missing: self.missing.clone(),
            methods: self.server.methods.clone(),
        })
    }
}

fn write_text(running: &Running, examination: &Examination, console: &mut Console) -> Result<(), Failure> {
    let Running { path, scanner, header, .. } = running;
    let [first, second] = &examination.missing;
    match &examination.finding {
        Finding::NotDecoyed(status) => {
            let verdict = console.paint(BAD, "no decoy");
            writeln!(
                console,
                "{verdict}: {path} is not hidden from {scanner}: the answer is the same as for other clients, with {}",
                escaped_lines(status)
            )?;
            let help = format!(
                "the server does not recognize {scanner} as a scanner: perhaps it does not trust this machine's `{header}` \
                 (client.trusted_proxies, client.header), the scanner is not in use (scanners.use), or no enforced rule \
                 decoys the path; `scanner-guard explain` shows the reason"
            );
            console.warn("nothing was compared", Some(&help));
        }
        Finding::Compared { parity, http2, for_all_clients } => {
            if *for_all_clients && parity.is_identical() {
                let verdict = console.paint(BAD, "nothing tested");
                writeln!(console, "{verdict}: all clients get the answer of a missing page for {path}")?;
            } else {
                let name = format!("{path} as {scanner}");
                Compared { name: &name, path, parity }.write(console)?;
            }
            let note = console.paint(
                DIM,
                format!("compared with {first} and {second}, as {scanner} and without a scanner's address"),
            );
            writeln!(console, "{note}")?;
            if !http2 {
                console.warn("HTTP/2 was not tried: the server does not speak it without TLS", None);
            }
            if *for_all_clients {
                let help = "name a page that exists: otherwise the comparison proves nothing; a page that needs a \
                            login is missing for every client without one";
                console.warn(&format!("no answer for {path} was hidden from {scanner}"), Some(help));
            }
        }
    }
    Ok(())
}

fn as_json(running: &Running, examination: &Examination) -> Value {
    let request = json!({ "path": running.path, "as": running.scanner, "missing": examination.missing });
    match &examination.finding {
        Finding::NotDecoyed(status) => parity::joined(request, json!({ "verdict": "no-decoy", "status": status })),
        Finding::Compared { parity, http2, for_all_clients } => {
            parity::as_json(parity::joined(request, json!({ "for_all_clients": for_all_clients })), parity, *http2)
        }
    }
}
