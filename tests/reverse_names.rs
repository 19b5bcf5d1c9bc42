//! Reverse names in the middleware: looked up beside the requests, which never wait for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_scanner_guard::identity::{By, Identity};
use actix_scanner_guard::{GuardConfig, LookUps, ScannerGuard, ScannerMatch};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpMessage, HttpResponse, web};
use hickory_server::proto::rr::RecordType;

use crate::dns_server::{DnsServer, Reply, answer_from, record};

const GOOGLEBOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0";
const BAIDU: &str = "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)";

fn config(server: &DnsServer, more: &str) -> GuardConfig {
    let address = server.address;
    let toml = format!(
        "scanners.use = [\"category:search-engine\"]\n[identity]\nreverse_names = true\nresolver = [\"{address}\"]\n{more}"
    );
    GuardConfig::from_toml(&toml).unwrap()
}

fn look_ups(config: &GuardConfig) -> LookUps {
    config.status().reverse_names.unwrap()
}

/// Serves requests of these addresses with this agent, and returns the identity of each.
macro_rules! identities {
    ($config:expr, $agent:expr, $addresses:expr) => {{
        let app = init_service(
            App::new().wrap(ScannerGuard::from_config($config)).default_service(web::to(HttpResponse::Ok)),
        )
        .await;
        let mut identities = Vec::new();
        for address in $addresses {
            let peer = std::net::SocketAddr::new(address, 443);
            let request = TestRequest::default().peer_addr(peer).insert_header(("user-agent", $agent)).to_request();
            let response = call_service(&app, request).await;
            identities.push(response.request().extensions().get::<ScannerMatch>().and_then(ScannerMatch::identity));
        }
        identities
    }};
}

/// Waits until this number of look-ups is done.
fn await_look_ups(config: &GuardConfig, count: u64) {
    while look_ups(config).looked_up < count {
        std::thread::yield_now();
    }
}

#[actix_web::test]
async fn the_first_request_is_decided_without_and_the_next_with_the_name() {
    let zone = "7.113.0.203.in-addr.arpa. PTR baiduspider-203-0-113-7.crawl.baidu.com.\n\
                baiduspider-203-0-113-7.crawl.baidu.com. A 203.0.113.7";
    let server = DnsServer::with_zone(zone);
    let config = config(&server, "");
    let address = [[203, 0, 113, 7].into()];
    assert_eq!(identities!(&config, BAIDU, address), [Some(Identity::Unproven)]);
    await_look_ups(&config, 1);
    assert_eq!(identities!(&config, BAIDU, address), [Some(Identity::Verified(By::ReverseName))]);
    // Another policy with the same settings has the name, too, and a reload keeps it.
    config.reload().unwrap();
    assert_eq!(look_ups(&config).kept, 1);
    assert_eq!(server.questions().len(), 2);
}

#[actix_web::test]
async fn only_claims_of_bots_with_names_are_looked_up() {
    let server = DnsServer::start(|_| Reply::Silence);
    let config = config(&server, "resolver_timeout = \"10ms\"");
    let public = || (1..50).map(|last| [203, 0, 113, last].into());
    identities!(&config, CHROME, public());
    identities!(&config, "curl/8.5.0", public());
    identities!(&config, "Mozilla/5.0 (compatible; GPTBot/1.3)", public());
    identities!(&config, GOOGLEBOT, [[10, 0, 0, 7].into(), [127, 0, 0, 1].into()]);
    identities!(&config, GOOGLEBOT, [[198, 51, 100, 7].into()]);
    await_look_ups(&config, 1);
    assert!(
        server.questions().iter().all(|question| question.starts_with("7.100.51.198.")),
        "{:?}",
        server.questions()
    );
    let LookUps { looked_up, unanswered, kept, .. } = look_ups(&config);
    assert_eq!((looked_up, unanswered, kept), (1, 1, 1));
}

/// Of 10,000 addresses, only as many are looked up as are allowed at once, as long as no server answers; the others are
/// refused or wait.
#[actix_web::test]
async fn a_dead_resolver_costs_bounded_work_and_memory() {
    const AT_ONCE: usize = 16;
    let server = DnsServer::start(|_| Reply::Silence);
    let config = config(&server, &format!("resolver_timeout = \"10s\"\nmax_names = 128\nmax_lookups = {AT_ONCE}"));
    let addresses = (0..10_000_u32).map(|n| std::net::IpAddr::V4((0xC612_0000 + n * 37).into()));
    let identities = identities!(&config, BAIDU, addresses);
    assert!(identities.iter().all(|identity| *identity == Some(Identity::Unproven)));
    let LookUps { looked_up, refused, kept, led_back, .. } = look_ups(&config);
    let asked: std::collections::HashSet<String> = server.questions().into_iter().collect();
    // Each further round of questions starts only after the round before has ended without an answer.
    let rounds = 1 + usize::try_from(looked_up).unwrap() / AT_ONCE;
    assert!(asked.len() <= AT_ONCE * (rounds + 1), "{} asked for, {looked_up} ended", asked.len());
    assert!(kept <= 128 && led_back == 0, "{kept} kept, {led_back} led back");
    assert!(refused > 0, "{looked_up} looked up, {refused} refused");
}

/// Each bot that a request names is judged by its own names. An address of Ahrefs with a confirmed name is not verified
/// as Googlebot if the request also names `AhrefsBot`, in either order, and a further header line removes no claim.
#[actix_web::test]
async fn a_name_proves_the_bot_that_it_belongs_to() {
    const AHREFS: &str = "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)";
    let zone = "7.113.0.203.in-addr.arpa. PTR crawl-5.ahrefs.com.\ncrawl-5.ahrefs.com. A 203.0.113.7\n\
                8.113.0.203.in-addr.arpa. PTR 8-113-0-203.gae.googleusercontent.com.\n\
                8-113-0-203.gae.googleusercontent.com. A 203.0.113.8";
    let server = DnsServer::with_zone(zone);
    let toml = format!(
        "scanners.use = [\"all\"]\n[identity]\nreverse_names = true\nresolver = [\"{}\"]\n[[rule]]\nid = \"real\"\npaths = \
         [\"/\"]\nscanners = [\"google-googlebot\", \"google-site-verification\"]\nidentity = [\"verified\"]\naction = \"allow\"\n\
         [[rule]]\nid = \"rest\"\npaths = [\"/\"]\naudience = \"any\"\naction = \"block\"\n",
        server.address
    );
    let config = GuardConfig::from_toml(&toml).unwrap();
    let app =
        init_service(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(HttpResponse::Ok)))
            .await;
    let others = ["a", "b", "c", "d", "e"];
    let tenant = "Google-Site-Verification/1.0";
    let cases: &[(u8, Vec<&str>)] = &[
        (7, vec![GOOGLEBOT]),
        (7, vec![GOOGLEBOT, AHREFS]),
        (7, vec![AHREFS, GOOGLEBOT]),
        (7, vec![GOOGLEBOT, "Google-Site-Verification/1.0", AHREFS]),
        (7, [&[GOOGLEBOT][..], &others].concat()),
        (7, [&others[..], &[GOOGLEBOT]].concat()),
        (8, vec![tenant]),
        (8, vec![tenant, AHREFS]),
    ];
    for round in ["not asked", "known"] {
        for (last, agents) in cases {
            let peer = std::net::SocketAddr::new([203, 0, 113, *last].into(), 443);
            let request = TestRequest::default().peer_addr(peer);
            let request = agents.iter().fold(request, |request, agent| request.append_header(("user-agent", *agent)));
            let response = call_service(&app, request.to_request()).await;
            assert_eq!(response.status(), 403, "{round}: {last} {agents:?}");
        }
        await_look_ups(&config, 2);
    }
    // A genuine bot among them is verified.
    assert_eq!(identities!(&config, AHREFS, [[203, 0, 113, 7].into()]), [Some(Identity::Verified(By::ReverseName))]);
}

#[actix_web::test]
async fn one_network_cannot_have_all_look_ups() {
    let server = DnsServer::with_zone("");
    let config = config(&server, "max_lookups_per_network = 1");
    let addresses = (0..250).map(|last| [203, 0, 113, last].into());
    identities!(&config, GOOGLEBOT, addresses);
    identities!(&config, GOOGLEBOT, [[198, 51, 100, 7].into()]);
    let asked_for_other = || server.questions().iter().any(|question| question.starts_with("7.100.51.198."));
    while !asked_for_other() {
        std::thread::yield_now();
    }
    // A new second may have begun in between.
    assert!(look_ups(&config).looked_up <= 10, "{:?}", look_ups(&config));
}

#[actix_web::test]
async fn a_server_that_comes_back_is_believed_later() {
    let is_up = Arc::new(AtomicBool::new(false));
    let up = Arc::clone(&is_up);
    let zone = [
        record("7.113.0.203.in-addr.arpa. PTR a.crawl.baidu.com."),
        record("a.crawl.baidu.com. A 203.0.113.7"),
        record("8.113.0.203.in-addr.arpa. PTR b.crawl.baidu.com."),
        record("b.crawl.baidu.com. A 203.0.113.8"),
    ];
    let server = DnsServer::start(move |(name, kind): (&str, RecordType)| match up.load(Ordering::SeqCst) {
        true => answer_from(&zone, name, kind),
        false => Reply::Referral,
    });
    let config = config(&server, "");
    identities!(&config, BAIDU, [[203, 0, 113, 7].into()]);
    await_look_ups(&config, 1);
    is_up.store(true, Ordering::SeqCst);
    // The failure is kept for a minute, for this address only.
    let found = identities!(&config, BAIDU, [[203, 0, 113, 7].into(), [203, 0, 113, 8].into()]);
    assert_eq!(found, [Some(Identity::Unproven), Some(Identity::Unproven)]);
    await_look_ups(&config, 2);
    let found = identities!(&config, BAIDU, [[203, 0, 113, 7].into(), [203, 0, 113, 8].into()]);
    assert_eq!(found, [Some(Identity::Unproven), Some(Identity::Verified(By::ReverseName))]);
}

/// The policy is reloaded 1,000 times while requests run. The names stay, nothing is looked up again, and no request of the bot is
/// decided as if its name were unknown.
#[actix_web::test]
async fn many_reloads_change_no_outcome() {
    const RELOADS: u64 = 1_000;
    let zone = "7.113.0.203.in-addr.arpa. PTR a.crawl.baidu.com.\na.crawl.baidu.com. A 203.0.113.7";
    let server = DnsServer::with_zone(zone);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    let texts = ["/", "/**"].map(|paths| {
        let address = server.address;
        format!(
            "scanners.use = [\"baidu\"]\n[identity]\nreverse_names = true\nresolver = [\"{address}\"]\n[[rule]]\nid = \"real\"\n\
             paths = [\"{paths}\"]\nidentity = [\"verified\"]\naction = \"allow\"\n[[rule]]\nid = \"rest\"\npaths = [\"/\"]\n\
             action = \"block\"\n"
        )
    });
    std::fs::write(&file, &texts[1]).unwrap();
    let config = GuardConfig::load_with(&file, []).unwrap();
    let app =
        init_service(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(HttpResponse::Ok)))
            .await;
    let peer = std::net::SocketAddr::new([203, 0, 113, 7].into(), 443);
    let request = || TestRequest::default().peer_addr(peer).insert_header(("user-agent", BAIDU)).to_request();
    assert_eq!(call_service(&app, request()).await.status(), 403, "the name is not known yet");
    await_look_ups(&config, 1);
    let first = config.status().generation;
    let reloading = config.clone();
    let reloads = std::thread::spawn(move || {
        for text in texts.iter().cycle().take(usize::try_from(RELOADS).unwrap()) {
            std::fs::write(&file, text).unwrap();
            reloading.reload().unwrap();
        }
    });
    while !reloads.is_finished() {
        assert_eq!(call_service(&app, request()).await.status(), 200);
    }
    reloads.join().unwrap();
    assert_eq!(config.status().generation, first + RELOADS);
    assert_eq!(call_service(&app, request()).await.status(), 200);
    let LookUps { looked_up, kept, .. } = look_ups(&config);
    assert_eq!((looked_up, kept, server.questions().len()), (1, 1, 2));
}

/// Each change of the settings begins a new service. The service before ends, with its thread and its cache.
#[cfg(target_os = "linux")]
#[test]
fn changed_settings_leave_no_thread_behind() {
    let threads = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
        names.filter(|name| name.starts_with("scanner-guard-n")).count()
    };
    let server = DnsServer::start(|_| Reply::Silence);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    let text = |names: usize| {
        let address = server.address;
        format!(
            "scanners.use = [\"baidu\"]\n[identity]\nreverse_names = true\nresolver = [\"{address}\"]\nmax_names = {names}\n"
        )
    };
    std::fs::write(&file, text(200)).unwrap();
    let config = GuardConfig::load_with(&file, []).unwrap();
    for names in 201..401 {
        std::fs::write(&file, text(names)).unwrap();
        config.reload().unwrap();
    }
    // Other tests of this process have some threads of their own.
    crate::support::log::wait_until("the end of the threads", || threads() < 100);
    assert!(config.status().reverse_names.is_some());
}

#[test]
fn what_is_wrong_with_the_keys_is_told() {
    for (toml, expected) in [
        ("resolver = [\"dns.example\"]\nreverse_names = true", "not the address of a DNS server"),
        ("resolver = [\"127.0.0.1:0\"]\nreverse_names = true", "not the address of a DNS server"),
        ("resolver = []\nreverse_names = true", "wrong number of DNS servers"),
        ("resolver_timeout = \"1ms\"\nreverse_names = true", "this duration is out of range"),
        ("resolver_timeout = \"soon\"\nreverse_names = true", "not a duration"),
        ("max_names = 1\nreverse_names = true", "this number is out of range"),
        ("max_lookups = 0\nreverse_names = true", "this number is out of range"),
        ("max_lookups_per_network = 2000\nreverse_names = true", "this number is out of range"),
        ("reverse_name = true", "reverse_names"),
    ] {
        let error = GuardConfig::from_toml(&format!("[identity]\n{toml}")).unwrap_err();
        assert!(error.to_string().contains(expected), "{toml}: {error}");
    }
    let config = GuardConfig::from_toml("identity.max_names = 100").unwrap();
    let warned = |warning: &actix_scanner_guard::Problem| {
        warning.message() == "without `reverse_names = true`, this key has no effect"
    };
    assert!(config.warnings().iter().any(warned), "{:?}", config.warnings());
    assert!(config.status().reverse_names.is_none());
}
