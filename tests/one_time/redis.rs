//! A real Redis server: stopped, restarted, and with a password.

use std::time::Duration;

use actix_scanner_guard::one_time::{LinkRecord, RedisStore, Store};
use actix_scanner_guard::redis::RedisSettings;

use crate::browser::Browser;
use crate::redis_server::Running;
use crate::site::{Clock, Site};

#[path = "../../src/live/discovery/share/tests/authority.rs"]
mod authority;

use authority::Authority;

fn record() -> LinkRecord {
    serde_json::from_str(r#"{"purpose":"p","subject":"s","path":"/confirm","sent_at":7}"#).unwrap()
}

#[actix_web::test]
async fn a_server_that_dies_loses_no_link_and_is_found_again() {
    let Some(mut server) = Running::start() else { return };
    let clock = Clock::new();
    let site = Site::with(server.store().clock(clock.read()), clock);
    let issued = site.old_link("a").await;
    let mut browser = Browser::new(&site);
    browser.get(issued.path()).await;
    let page = browser.page.clone();
    site.clock.pass(Duration::from_secs(2));
    server.kill();
    let answer = browser.submit(issued.path(), None).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("10")));
    let error = site.issue("b").await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("the store of one-time links: the Redis server {}", server.address)), "{error}");
    server.restart();
    // Until the pause after the last attempt is over, and the server has loaded its file.
    let mut answer = answer;
    while answer.status == 503 {
        browser.page = page.clone();
        answer = browser.submit(issued.path(), None).await;
    }
    assert_eq!((answer.body.as_str(), site.calls.of("a")), ("a done", 1));
}

#[actix_web::test]
async fn passwords_users_and_prefixes() {
    let Some(server) = Running::with(&[
        "--user",
        "default",
        "off",
        "--user",
        "shop",
        "on",
        ">s@cret/1",
        "~shop:*",
        "+@all",
        "-@admin",
    ]) else {
        return;
    };
    let store = |url: String| RedisStore::new(RedisSettings::from_url(&url).unwrap().prefix("shop:")).unwrap();
    let good = store(format!("redis://shop:s%40cret%2F1@{}/0", server.address));
    good.insert("00ff", &record(), Duration::from_secs(60)).await.unwrap();
    assert!(good.look("00ff").await.unwrap().is_some());
    for url in [format!("redis://{}", server.address), format!("redis://shop:s3cret@{}", server.address)] {
        let error = store(url).look("00ff").await.unwrap_err().to_string();
        assert!(!error.contains("s3cret") && error.contains(&server.address.to_string()), "{error}");
    }
    // This user has no permission for another prefix.
    let settings = RedisSettings::from_url(&format!("redis://shop:s%40cret%2F1@{}", server.address)).unwrap();
    assert!(RedisStore::new(settings).unwrap().look("00ff").await.is_err());
}

/// The commands in the documentation of `RedisStore` are sufficient.
#[actix_web::test]
async fn the_documented_permissions_are_enough() {
    let permissions = "+eval +evalsha +script|load +time +exists +hset +hget +hmget +hdel +pexpire +pttl +set +get";
    let mut arguments = vec!["--user", "default", "on", "nopass", "~scanner-guard:*", "-@all"];
    arguments.extend(permissions.split(' '));
    let Some(server) = Running::with(&arguments) else { return };
    let clock = Clock::new();
    let site = Site::with(server.store(), clock);
    let issued = site.old_link("a").await;
    let mut browser = Browser::new(&site);
    browser.get(issued.path()).await;
    assert_eq!(browser.follow(&site, issued.path(), None).await.body, "a done");
    browser.get(issued.path()).await;
}

#[test]
fn addresses_that_cannot_be_meant_are_refused_without_being_shown() {
    for (url, said) in [
        ("", "the scheme is missing"),
        ("127.0.0.1:6379", "known are `redis`, `rediss`"),
        ("http://secret@host", "the scheme is `http`"),
        ("secret", "the scheme is missing"),
        ("rediss://:secret@host#insecure", "the address has a `#`"),
        ("redis://:sec#ret@host", "the address has a `#`"),
        ("redis://host/secret", "Invalid database number"),
        ("redis:///secret", "Missing hostname"),
        ("redis://0.0.0.0", "wildcard address"),
    ] {
        let error = RedisSettings::from_url(url).unwrap_err().to_string();
        assert!(error.contains(said) && !error.contains("secret"), "{url}: {error}");
    }
}

/// TLS with the test's own authority, and with no other.
#[actix_web::test]
async fn over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let (certificate, key) = ours.issue();
    std::fs::write(file("ca.pem"), &ours.pem).unwrap();
    std::fs::write(file("cert.pem"), certificate).unwrap();
    std::fs::write(file("key.pem"), key).unwrap();
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let (ca, certificate, key, tls) = (file("ca.pem"), file("cert.pem"), file("key.pem"), port.to_string());
    let arguments = [
        ["--tls-port", tls.as_str()],
        ["--tls-cert-file", certificate.as_str()],
        ["--tls-key-file", key.as_str()],
        ["--tls-ca-cert-file", ca.as_str()],
        ["--tls-auth-clients", "no"],
    ];
    let Some(_server) = Running::with(&arguments.concat()) else { return };
    let settings = RedisSettings::from_url(&format!("rediss://localhost:{port}")).unwrap();
    let store = |settings: RedisSettings| RedisStore::new(settings.connect_timeout(Duration::from_secs(10))).unwrap();
    let good = store(settings.clone().certificates(ours.pem.as_bytes()));
    good.insert("00ff", &record(), Duration::from_secs(60)).await.unwrap();
    assert!(good.look("00ff").await.unwrap().is_some());
    for other in [settings.clone().certificates(theirs.pem.as_bytes()), settings.clone()] {
        let error = store(other).look("00ff").await.unwrap_err().to_string();
        assert!(error.to_lowercase().contains("certificate"), "{error}");
    }
    assert!(RedisStore::new(settings.certificates("no certificate")).is_err());
}
