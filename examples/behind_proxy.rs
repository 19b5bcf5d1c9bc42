//! Shows the client address that the guard finds behind several kinds of proxies. Starts no server.
//!
//! Run it with `cargo run --example behind_proxy`.

use actix_scanner_guard::{ConfigError, GuardConfig, RequestFacts};

/// A configuration, the peer that connects, and the header that it sends.
const SETUPS: &[(&str, &str, &str, (&str, &str))] = &[
    ("no proxy", "", "150.70.66.183", ("x-forwarded-for", "127.0.0.1")),
    (
        "nginx on the same machine",
        r#"trusted_proxies = ["loopback"]"#,
        "127.0.0.1",
        ("x-forwarded-for", "10.9.8.7, 150.70.66.183"),
    ),
    (
        "Cloudflare, then a load balancer in a private network",
        r#"trusted_proxies = ["cloudflare", "10.0.0.0/8"]"#,
        "10.0.0.5",
        ("x-forwarded-for", "1.1.1.1, 150.70.66.183, 162.158.0.9"),
    ),
    (
        "Cloudflare only, with its own header",
        "trusted_proxies = [\"cloudflare\"]\nheader = \"cf-connecting-ip\"",
        "162.158.0.9",
        ("cf-connecting-ip", "150.70.66.183"),
    ),
    (
        "a platform's load balancer without fixed addresses",
        "trusted_hops = 1",
        "35.191.0.1",
        ("x-forwarded-for", "127.0.0.1, 150.70.66.183"),
    ),
    (
        "a proxy that sends the header of RFC 7239",
        "trusted_proxies = [\"private\"]\nheader = \"forwarded\"",
        "192.168.1.2",
        ("forwarded", "for=\"[2001:db8::1]\", for=150.70.66.183;proto=https"),
    ),
    ("a proxy that is missing in the configuration", "", "10.0.0.5", ("x-forwarded-for", "150.70.66.183")),
];

fn main() -> Result<(), ConfigError> {
    for (setup, client, peer, header) in SETUPS {
        let config = GuardConfig::from_toml(&format!("[client]\n{client}\n"))?;
        let headers = [*header];
        let facts = RequestFacts::new("/").headers(&headers);
        let facts = peer.parse().map_or(facts, |peer| facts.peer(peer));
        println!("{setup}\n    {}: {}", header.0, header.1);
        for line in config.explain(&facts).to_string().lines() {
            println!("    {line}");
        }
        println!();
    }
    Ok(())
}
