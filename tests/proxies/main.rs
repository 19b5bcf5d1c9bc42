//! Real proxies in front of the guard: the guard finds the client that sent the request, for any headers. If a proxy is
//! not installed, it is skipped with a line on standard error.
//!
//! Clients bind to an address of loopback, so that the test knows them. Proxies connect from 127.0.0.1, or from `::1`
//! if the application listens there.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected is to fail")]

mod forgeries;
mod running;
mod setups;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use actix_scanner_guard::{GuardConfig, ScannerGuard, ScannerMatch};
use actix_web::{App, HttpServer, web};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use forgeries::{FORGERIES, Forgery};
use running::Running;
use setups::*;

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
/// The address at which an IPv6 socket accepts only IPv4 connections.
const MAPPED: IpAddr = IpAddr::V6(Ipv4Addr::LOCALHOST.to_ipv6_mapped());

/// A client that is not a trusted proxy.
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 77));

/// A guard whose list contains clients, proxies and forged addresses, and a page that shows the recognized address.
fn policy(client: &str) -> GuardConfig {
    GuardConfig::from_toml(&format!(
        r#"
        [client]
        check = "client"
        {client}
        [[scanners.list]]
        id = "anybody"
        category = "internet-scanner"
        ranges = ["127.0.0.0/16", "198.51.100.0/24", "150.70.0.0/16", "::/16", "2001:db8::/32"]
        "#
    ))
    .unwrap()
}

/// The address of the application.
enum Site {
    Host(IpAddr),
    Socket(tempfile::TempDir),
}

async fn echo(tag: Option<web::ReqData<ScannerMatch>>) -> String {
    tag.map_or_else(|| "undetermined".to_owned(), |tag| tag.address().to_string())
}

/// Serves the page as long as the test runs.
fn serve(client: &str, site: &Site) -> Option<SocketAddr> {
    let config = policy(client);
    let app = move || App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(echo));
    let server = HttpServer::new(app).workers(1).disable_signals();
    let server = match site {
        Site::Host(host) => server.bind_auto_h2c((*host, 0)).unwrap(),
        Site::Socket(folder) => server.bind_uds(socket(folder)).unwrap(),
    };
    let address = matches!(site, Site::Host(_)).then(|| server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    address
}

fn socket(folder: &tempfile::TempDir) -> std::path::PathBuf {
    folder.path().join("socket")
}

/// Sends one request from this address. Returns status and body of the answer.
async fn ask(server: SocketAddr, from: IpAddr, forgery: &Forgery) -> (u16, String) {
    let socket = if server.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.unwrap();
    socket.bind(SocketAddr::new(from, 0)).unwrap();
    let mut stream = socket.connect(server).await.unwrap();
    let head = format!("GET / HTTP/1.1\r\nHost: site.example\r\n{}Connection: close\r\n\r\n", forgery.lines);
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, if answer.to_lowercase().contains("transfer-encoding: chunked") { unchunk(body) } else { body.to_owned() })
}

/// The one chunk of a short body.
fn unchunk(body: &str) -> String {
    body.lines().nth(1).unwrap_or_default().to_owned()
}

/// A chain of proxies, the outermost first, and the settings of the guard for them.
struct Case<'a> {
    chain: &'a [Proxy],
    /// The address of the outermost proxy.
    front: IpAddr,
    site: Site,
    client: &'a str,
    from: IpAddr,
}

impl Case<'_> {
    /// Sends every forgery through the chain. Returns those after which the guard found another client.
    async fn check(&self) -> Vec<String> {
        let name = format!("{:?} from {} with `{}`", self.names(), self.from, self.client);
        let address = serve(self.client, &self.site);
        let Some(proxies) = self.start(address).unwrap_or_else(|why| panic!("{name}: {why}")) else {
            return Vec::new();
        };
        let mut failures = Vec::new();
        for forgery in FORGERIES {
            let front = proxies.last().map_or_else(|| address.unwrap(), |proxy| proxy.address);
            let from = if front.is_ipv6() && self.from.is_ipv4() { as_mapped(self.from) } else { self.from };
            let (status, found) = ask(front, from, forgery).await;
            // A request that is not valid HTTP may be refused. If it is forwarded, the client must not change.
            let good = found == self.from.to_string() || forgery.refusable && status >= 400;
            if !good {
                failures.push(format!("{name}: {:?} gave {status} {found}", forgery.lines));
            }
        }
        failures
    }

    /// Starts the chain from the inside out; `None`, with a line on standard error, if one of the programs is missing.
    fn start(&self, application: Option<SocketAddr>) -> Result<Option<Vec<Running>>, String> {
        if let Some(missing) =
            self.chain.iter().map(|proxy| proxy.program).find(|program| running::find(*program).is_none())
        {
            running::skip(&format!("{} is not installed: {:?}", missing.name(), self.names()));
            return Ok(None);
        }
        let path = if let Site::Socket(folder) = &self.site { Some(socket(folder)) } else { None };
        let mut target = match (&path, application) {
            (Some(path), _) => Place::Socket(path),
            (None, Some(address)) => Place::Port(address),
            (None, None) => return Err("the application has no address".to_owned()),
        };
        let mut proxies: Vec<Running> = Vec::new();
        for (at, proxy) in self.chain.iter().enumerate().rev() {
            let host = if at == 0 { self.front } else { V4 };
            match Running::start(proxy, host, target) {
                Ok(running) => {
                    target = Place::Port(running.address);
                    proxies.push(running);
                }
                Err(why) if proxy.needs_newer() && why.contains("forwarded") => {
                    eprintln!("skipped, since this {} does not know it: {:?}", proxy.program.name(), proxy.settings);
                    return Ok(None);
                }
                Err(why) => return Err(why),
            }
        }
        Ok(Some(proxies))
    }

    fn names(&self) -> Vec<(&str, &str)> {
        self.chain.iter().map(|proxy| (proxy.program.name(), proxy.settings)).collect()
    }
}

fn as_mapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().into(),
        IpAddr::V6(_) => address,
    }
}

async fn check_all(cases: impl IntoIterator<Item = Case<'_>>) {
    let mut failures = Vec::new();
    for case in cases {
        failures.extend(case.check().await);
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// Settings that trust a proxy on 127.0.0.1, by address and by count.
const BY_NAME: &str = r#"trusted_proxies = ["127.0.0.1"]"#;
const ONE_HOP: &str = "trusted_hops = 1";
const TWO_HOPS: &str = "trusted_hops = 2";

/// The same with another header.
const REAL_IP: &str = "trusted_proxies = [\"127.0.0.1\"]\nheader = \"x-real-ip\"";
const FORWARDED: &str = "trusted_proxies = [\"127.0.0.1\"]\nheader = \"forwarded\"";

fn v4<'a>(chain: &'a [Proxy], client: &'a str) -> Case<'a> {
    Case { chain, front: V4, site: Site::Host(V4), client, from: CLIENT }
}

fn v6<'a>(chain: &'a [Proxy], client: &'a str) -> Case<'a> {
    Case { front: V6, from: V6, ..v4(chain, client) }
}

fn mapped<'a>(chain: &'a [Proxy], client: &'a str) -> Case<'a> {
    Case { front: MAPPED, ..v4(chain, client) }
}

#[actix_web::test]
async fn without_a_proxy_the_peer_is_the_client() {
    let direct = |client| v4(&[], client);
    check_all([
        direct(BY_NAME),
        direct(REAL_IP),
        direct(FORWARDED),
        direct(""),
        Case { front: V6, site: Site::Host(V6), from: V6, ..direct(BY_NAME) },
    ])
    .await;
}

#[actix_web::test]
async fn behind_one_proxy() {
    for proxy in [NGINX_APPENDS, HAPROXY_APPENDS, HAPROXY_HTTP2, CADDY_REPLACES, CADDY_HTTP2, APACHE_APPENDS] {
        let chain = [proxy];
        check_all([v4(&chain, BY_NAME), v4(&chain, ONE_HOP), v6(&chain, BY_NAME), v6(&chain, ONE_HOP)]).await;
    }
}

#[actix_web::test]
async fn behind_a_proxy_that_takes_ipv4_over_an_ipv6_socket() {
    for proxy in [NGINX_APPENDS, HAPROXY_APPENDS, CADDY_REPLACES] {
        check_all([mapped(&[proxy], BY_NAME)]).await;
    }
    check_all([mapped(&[NGINX_APPENDS], REAL_IP), mapped(&[NGINX_FORWARDED], FORWARDED)]).await;
}

#[actix_web::test]
async fn behind_a_proxy_on_ipv6() {
    for proxy in [NGINX_APPENDS, HAPROXY_APPENDS, CADDY_REPLACES] {
        let chain = [proxy];
        check_all([Case { site: Site::Host(V6), ..v4(&chain, r#"trusted_proxies = ["::1"]"#) }]).await;
    }
}

#[actix_web::test]
async fn behind_a_proxy_on_a_unix_socket() {
    for proxy in [NGINX_APPENDS, HAPROXY_APPENDS, CADDY_REPLACES, APACHE_APPENDS] {
        let chain = [proxy];
        let case = |case| Case { site: Site::Socket(tempfile::tempdir().unwrap()), ..case };
        check_all([case(v4(&chain, ONE_HOP)), case(v6(&chain, ONE_HOP))]).await;
    }
}

#[actix_web::test]
async fn behind_two_proxies() {
    for front in [NGINX_APPENDS, HAPROXY_APPENDS, CADDY_REPLACES, APACHE_APPENDS] {
        for back in [NGINX_APPENDS, NGINX_REAL_IP, HAPROXY_APPENDS, CADDY_APPENDS, APACHE_APPENDS] {
            let drops = matches!(back.program, Program::Caddy | Program::Apache);
            let front = if drops { front.that_refuses_drops() } else { front };
            let chain = [front, back];
            check_all([v4(&chain, BY_NAME), v4(&chain, TWO_HOPS), v6(&chain, BY_NAME)]).await;
        }
    }
}

/// The limit of the promise: a proxy drops the headers that `Connection` names (RFC 9110, section 7.6.1). Caddy and
/// Apache also drop the header that HAProxy has just added. The request then seems to come from HAProxy itself.
#[actix_web::test]
async fn a_client_may_have_its_address_dropped_between_two_proxies() {
    let drops = Forgery { lines: "Connection: X-Forwarded-For\r\nX-Forwarded-For: 198.51.100.9\r\n", refusable: false };
    for back in [CADDY_APPENDS, APACHE_APPENDS] {
        for (client, expected) in [(BY_NAME, "127.0.0.1"), (TWO_HOPS, "undetermined")] {
            let chain = [HAPROXY_APPENDS, back];
            let case = v4(&chain, client);
            let address = serve(client, &case.site);
            let Some(proxies) = case.start(address).unwrap() else { continue };
            assert_eq!(ask(proxies[1].address, CLIENT, &drops).await, (200, expected.to_owned()), "{client}");
        }
    }
}

/// Two proxies with a Unix socket between them. nginx writes `unix:` for the outer one, which cannot be named: with
/// `trusted_proxies` the client is undetermined, by count it is found.
#[actix_web::test]
async fn behind_two_proxies_with_a_unix_socket_between_them() {
    let none = Forgery { lines: "", refusable: false };
    let forged = Forgery { lines: "X-Forwarded-For: 198.51.100.9, unix:\r\n", refusable: false };
    for front in [NGINX_APPENDS, HAPROXY_APPENDS, CADDY_REPLACES, APACHE_APPENDS] {
        for (client, expected) in [(TWO_HOPS, "127.0.0.77"), (BY_NAME, "undetermined")] {
            if let Some(missing) = [front, NGINX_APPENDS].iter().find(|proxy| running::find(proxy.program).is_none()) {
                running::skip(&format!("{} is not installed", missing.program.name()));
                continue;
            }
            let application = serve(client, &Site::Host(V4)).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let socket = socket(&folder);
            let _back = Running::start_on_socket(&NGINX_APPENDS, &socket, Place::Port(application)).unwrap();
            let front = Running::start(&front, V4, Place::Socket(&socket)).unwrap();
            for forgery in [&none, &forged] {
                let answer = ask(front.address, CLIENT, forgery).await;
                assert_eq!(answer, (200, expected.to_owned()), "{client} {}", forgery.lines);
            }
        }
    }
}

/// nginx's `proxy_pass` alone sends no header about the client. Every request then comes from the proxy, and the guard
/// warns of it. A header of the client is forwarded unchanged, so it is trusted. No setting of the guard can prevent
/// this.
#[actix_web::test]
async fn behind_a_proxy_that_sends_no_header() {
    let none = Forgery { lines: "", refusable: false };
    let forged = Forgery { lines: "X-Forwarded-For: 198.51.100.9\r\n", refusable: false };
    for (client, alone) in [(BY_NAME, "127.0.0.1"), (ONE_HOP, "undetermined")] {
        let case = v4(&[NGINX_PLAIN], client);
        let address = serve(client, &case.site);
        let Some(proxies) = case.start(address).unwrap() else { return };
        assert_eq!(ask(proxies[0].address, CLIENT, &none).await, (200, alone.to_owned()), "{client}");
        assert_eq!(ask(proxies[0].address, CLIENT, &forged).await, (200, "198.51.100.9".to_owned()), "{client}");
    }
}

#[actix_web::test]
async fn by_a_header_with_one_address() {
    let chain = [NGINX_APPENDS];
    check_all([v4(&chain, REAL_IP), v6(&chain, REAL_IP), v4(&chain, "trusted_hops = 1\nheader = \"x-real-ip\"")]).await;
    for front in [NGINX_APPENDS, HAPROXY_APPENDS, CADDY_REPLACES] {
        check_all([v4(&[front, NGINX_REAL_IP], REAL_IP), v6(&[front, NGINX_REAL_IP], REAL_IP)]).await;
    }
}

#[actix_web::test]
async fn by_forwarded() {
    for chain in [&[NGINX_FORWARDED][..], &[HAPROXY_FORWARDED], &[NGINX_FORWARDED, NGINX_FORWARDED]] {
        let hops = format!("trusted_hops = {}\nheader = \"forwarded\"", chain.len());
        check_all([v4(chain, FORWARDED), v6(chain, FORWARDED), v4(chain, &hops)]).await;
    }
}
