//! The host for which a request was signed.

use ipnet::IpNet;

use super::*;
use crate::client::{Check, ClientPolicy, Trust, proxy_table};
use crate::policy::HostPattern;

fn client(header: &'static str) -> ClientPolicy {
    let loopback: IpNet = "127.0.0.0/8".parse().unwrap();
    ClientPolicy::new(Trust::Proxies(proxy_table([loopback])), HeaderName::from_static(header), Check::Either)
}

fn target(
    peer: [u8; 4],
    client: &ClientPolicy,
    hosts: &[&str],
    headers: &dyn HeaderLines,
) -> (bool, Result<String, Reason>) {
    let hosts: Vec<HostPattern> = hosts.iter().map(|host| HostPattern::parse(host).unwrap()).collect();
    Received { peer: Some(peer.into()), is_secure: false, authority: None, headers }.target(client, &hosts)
}

const PROXY: [u8; 4] = [127, 0, 0, 1];
const ANYBODY: [u8; 4] = [203, 0, 113, 7];

#[test]
fn a_forwarded_host_counts_from_a_trusted_proxy_alone() {
    let xff = client("x-forwarded-for");
    let shop = |secure| (secure, Ok("shop.example".to_owned()));
    for (host, forwarded, proto, from_proxy, from_anybody) in [
        // The proxy put its upstream's name into `Host`.
        ("127.0.0.1:8080", "shop.example", "https", "shop.example", "127.0.0.1:8080"),
        ("app:8080", "shop.example", "https", "shop.example", "app:8080"),
        ("localhost", "shop.example:443", "https", "shop.example", "localhost"),
        ("[::1]:8080", "evil.example, shop.example", "https", "shop.example", "[::1]:8080"),
        // The client wrote the header, and the proxy passed it on.
        ("shop.example", "evil.example", "https", "shop.example", "shop.example"),
        ("shop.example", "evil.example", "evil, https", "shop.example", "shop.example"),
    ] {
        let headers = [("Host", host), ("X-Forwarded-Host", forwarded), ("X-Forwarded-Proto", proto)];
        assert_eq!(target(PROXY, &xff, &[], &headers), (true, Ok(from_proxy.to_owned())), "{host} {forwarded}");
        assert_eq!(target(ANYBODY, &xff, &[], &headers), (false, Ok(from_anybody.to_owned())), "{host} {forwarded}");
    }
    let plain = [("Host", "shop.example:80"), ("X-Forwarded-Proto", "http")];
    assert_eq!(target(PROXY, &xff, &[], &plain), shop(false));
    assert_eq!(target(ANYBODY, &xff, &[], &plain), shop(false));
    // A proxy that names no scheme is assumed to have ended TLS, since nobody signs plain HTTP.
    assert_eq!(target(PROXY, &xff, &[], &[("Host", "shop.example:443")]), shop(true));
}

#[test]
fn forwarded_is_read_where_the_client_is_read_from_it() {
    let headers =
        [("Host", "app:8080"), ("Forwarded", "for=9.9.9.9;host=evil.example, for=1.1.1.1;host=\"shop.example\"")];
    assert_eq!(target(PROXY, &client("forwarded"), &[], &headers).1.as_deref(), Ok("shop.example"));
    assert_eq!(target(PROXY, &client("x-forwarded-for"), &[], &headers).1.as_deref(), Ok("app:8080"));
}

#[test]
fn the_operators_hosts_decide() {
    let xff = client("x-forwarded-for");
    let hosts = ["shop.example", "*.shop.example"];
    let foreign = Err(Reason::AuthorityForeign);
    for (peer, host, forwarded, chosen) in [
        (ANYBODY, "shop.example", "", Ok("shop.example")),
        (ANYBODY, "WWW.shop.example:8443", "", Ok("www.shop.example:8443")),
        // A signature for another site, and the host that it was made for.
        (ANYBODY, "evil.example", "", foreign),
        (ANYBODY, "evilshop.example", "", foreign),
        (ANYBODY, "shop.example.evil.example", "", foreign),
        (ANYBODY, "evil.example", "shop.example", foreign),
        (ANYBODY, "203.0.113.1", "", foreign),
        (PROXY, "upstream.internal.example", "shop.example", Ok("shop.example")),
        (PROXY, "upstream.internal.example", "evil.example", foreign),
        (PROXY, "app", "evil.example", foreign),
        (PROXY, "app", "evil.example, www.shop.example", Ok("www.shop.example")),
        (PROXY, "shop.example", "www.shop.example", Ok("shop.example")),
    ] {
        let headers = [("Host", host), ("X-Forwarded-Host", forwarded)];
        let chosen = chosen.map(str::to_owned);
        assert_eq!(target(peer, &xff, &hosts, &headers).1, chosen, "{peer:?} {host} {forwarded}");
    }
}

#[test]
fn no_host_can_be_smuggled_into_the_base() {
    let xff = client("x-forwarded-for");
    for host in [
        "",
        " ",
        "a b.example",
        "shop.example, evil.example",
        "x@shop.example",
        "shop.example/x",
        "sh\u{f6}p.example",
        "a\"b",
    ] {
        let headers = [("Host", host)];
        assert_eq!(target(ANYBODY, &xff, &[], &headers).1, Err(Reason::AuthorityUnknown), "{host}");
    }
    let request = SignedRequest { authority: Err(Reason::AuthorityForeign), ..get("", "/", &[("a", "b"); 0]) };
    let inputs = Dictionary::parse(br#"s=("@authority")"#).unwrap();
    let Some(Entry::List(covered)) = inputs.get("s") else { panic!("an inner list") };
    assert_eq!(base::of(&request, covered), Err(Reason::AuthorityForeign));
}
