//! Refuses logs without the addresses of clients: all requests come from one address, which is a proxy, or no line has an
//! address.

use std::net::IpAddr;

use super::super::failure::Failure;
use super::requests::{Clients, Seen};
use crate::access_log::LogReport;
use crate::util::escape::escaped;

/// The number of requests from which on a single address is a proxy and not a person.
const MIN_REQUESTS_OF_PROXY: u64 = 50;

/// Fails if the logs do not show the clients.
pub(super) fn check(seen: &Seen, reports: &[LogReport], header: &str) -> Result<(), Failure> {
    if seen.requests > 0 && seen.requests == seen.without_request + seen.without_client && seen.without_request > 0 {
        let names: Vec<String> = reports.iter().map(|report| escaped(&report.name).into_owned()).collect();
        return Err(Failure::new(format!("no line of {} has a client and a request line", names.join(", ")))
            .help("name an access log; name its format with `--format` if it is one, see `--help`"));
    }
    if seen.without_client > 0 && seen.client == Clients::None {
        return Err(Failure::new(format!(
            "no request shows its client's address ({} requests have none that can be trusted)",
            seen.without_client
        ))
        .help(format!(
            "if the log has the header {header}, name your proxies: `-c policy.toml` with `[client] trusted_proxies = \
             [\"10.0.0.0/8\"]`, or `trusted_hops`; else show with `--format` the place of the address"
        )));
    }
    let Clients::One(address) = seen.client else { return Ok(()) };
    if seen.requests < MIN_REQUESTS_OF_PROXY {
        return Ok(());
    }
    let format = reports.iter().find_map(|report| report.format.as_deref()).unwrap_or("combined");
    Err(Failure::new(format!(
        "all {} requests come from {address}: this log shows your proxy and not the clients",
        seen.requests
    ))
    .help(help(address, format, header)))
}

/// The setting of the server that wrote the log, by which it logs the clients.
fn help(address: IpAddr, format: &str, header: &str) -> String {
    let variable = header.replace('-', "_");
    let line = match format {
        "caddy" => format!("servers {{ trusted_proxies static {address} }}   # in Caddy's global options"),
        "traefik" | "traefik-json" => {
            format!("--entryPoints.web.forwardedHeaders.trustedIPs={address}   # Traefik, and log the header {header}")
        }
        "actix" => format!(
            "Logger::new(r#\"%{{r}}a \"%r\" %s %b \"%{{Referer}}i\" \"%{{User-Agent}}i\" %T \"%{{{header}}}i\"\"#)"
        ),
        nginx if nginx.starts_with("nginx") || nginx.contains('$') => format!(
            "log_format discover '$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \
             \"$http_referer\" \"$http_user_agent\" \"$http_{variable}\"';"
        ),
        _ => format!(
            "LogFormat \"%h %l %u %t \\\"%r\\\" %>s %b \\\"%{{Referer}}i\\\" \\\"%{{User-Agent}}i\\\" \\\"%{{{header}}}i\\\"\" discover"
        ),
    };
    format!(
        "log the forwarded header, and name the proxy in the policy:\n  {line}\n  [client]\n  trusted_proxies = \
         [\"{address}\"]\n  header = \"{header}\"\nor name the proxy's own log"
    )
}
