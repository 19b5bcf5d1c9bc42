//! Claims by user agent: their effects, and what they never change.

use std::time::{Duration, SystemTime};

use actix_scanner_guard::identity::{By, Identity, Proofs, Reason, ReverseName};
use actix_scanner_guard::{Action, Decision, GuardConfig, RequestFacts, catalog};

const GPTBOT: &str =
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)";
const GOOGLEBOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const PREVIEW: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 \
     Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0";
const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36";

/// An address that belongs to no scanner.
const NOBODY: &str = "203.0.113.7";
/// Addresses from the lists of Googlebot, `GPTBot` and Trend Micro.
const GOOGLE: &str = "66.249.64.1";
const TREND_MICRO: &str = "150.70.66.183";

fn config(text: &str) -> GuardConfig {
    GuardConfig::from_toml(text).unwrap()
}

fn decide(config: &GuardConfig, address: &str, agent: &str) -> Decision {
    decide_with(config, address, agent, &Proofs::new())
}

fn decide_with(config: &GuardConfig, address: &str, agent: &str, proofs: &Proofs) -> Decision {
    let headers = [("User-Agent", agent)];
    config.decide(&RequestFacts::new("/").peer(address.parse().unwrap()).headers(&headers).proofs(proofs))
}

fn action(config: &GuardConfig, address: &str, agent: &str) -> Action {
    decide(config, address, agent).action()
}

/// A day after the catalog's list of this vendor was read.
fn fresh(vendor: &str) -> Proofs {
    let date = catalog::find(vendor).unwrap().ranges().map(|range| range.date()).max().unwrap();
    let read = humantime::parse_rfc3339(&format!("{date}T00:00:00Z")).unwrap();
    Proofs::new().time(read + Duration::from_secs(24 * 60 * 60))
}

const BLOCK_AI: &str = r#"
    scanners.use = ["preset:ai", "category:link-preview", "google-googlebot", "trend-micro"]
    [[rule]]
    id = "ai"
    paths = ["/"]
    scanners = ["preset:ai"]
    action = "block"
"#;

#[test]
fn an_exclusive_claim_is_blocked_from_any_address() {
    let config = config(BLOCK_AI);
    let decision = decide(&config, NOBODY, GPTBOT);
    assert_eq!((decision.action(), decision.rule()), (Action::Block, Some("ai")));
    assert_eq!(decision.scanner().unwrap().id(), "openai-gptbot");
    assert_eq!(decision.network().unwrap().to_string(), "203.0.113.7/32");
    assert_eq!(decision.identity(), Some(Identity::Claimed));
    let decision = decide_with(&config, NOBODY, GPTBOT, &fresh("openai-gptbot"));
    assert_eq!((decision.action(), decision.identity()), (Action::Block, Some(Identity::Forged)));
    assert_eq!(decision.claims().next().unwrap().reason(), Reason::NotListed);
    let decision = decide(&config, "2001:db8::7", GPTBOT);
    assert_eq!(decision.network().unwrap().to_string(), "2001:db8::7/128");
    assert_eq!(action(&config, NOBODY, CHROME), Action::Allow);
}

#[test]
fn what_peoples_devices_send_is_only_tagged() {
    let config = config(
        r#"
        scanners.use = ["category:link-preview"]
        default_action = "block"
        [[rule]]
        paths = ["/"]
        action = "block"
        "#,
    );
    for agent in [PREVIEW, "facebookexternalhit/1.1", "WhatsApp/2.23.20.0 A"] {
        let decision = decide(&config, NOBODY, agent);
        assert!(decision.is_scanner(), "{agent}");
        assert_eq!(decision.action(), Action::Tag, "{agent}");
    }
}

#[test]
fn a_name_lets_nobody_in() {
    let config = config(
        r#"
        scanners.use = ["category:search-engine", "category:ai-crawler"]
        default_action = "block"
        [[rule]]
        id = "search"
        paths = ["/"]
        scanners = ["category:search-engine"]
        action = "allow"
        "#,
    );
    assert_eq!(action(&config, NOBODY, GOOGLEBOT), Action::Block);
    assert_eq!(action(&config, GOOGLE, GOOGLEBOT), Action::Allow);
    // The user agent names no bot, so the address is enough.
    assert_eq!(action(&config, GOOGLE, CHROME), Action::Allow);
    let confirmed = Proofs::new().reverse_name(ReverseName::Confirmed);
    let decision = decide_with(&config, NOBODY, GOOGLEBOT, &confirmed);
    assert_eq!((decision.action(), decision.identity()), (Action::Allow, Some(Identity::Verified(By::ReverseName))));
    for outcome in [ReverseName::Unconfirmed, ReverseName::Contradicted, ReverseName::Unknown, ReverseName::Unnamed] {
        let proofs = Proofs::new().reverse_name(outcome);
        assert_eq!(decide_with(&config, NOBODY, GOOGLEBOT, &proofs).action(), Action::Block, "{outcome:?}");
    }
}

#[test]
fn a_claim_leads_out_of_no_block() {
    let config = config(
        r#"
        scanners.use = ["category:search-engine", "category:ai-crawler", "trend-micro"]
        [[rule]]
        id = "search"
        paths = ["/"]
        scanners = ["category:search-engine"]
        action = "tag"
        [[rule]]
        id = "all"
        paths = ["/"]
        action = "block"
        "#,
    );
    assert_eq!(action(&config, TREND_MICRO, CHROME), Action::Block);
    let decision = decide(&config, TREND_MICRO, GOOGLEBOT);
    assert_eq!((decision.action(), decision.rule()), (Action::Block, Some("all")));
    // If two bots are named, the one for which the policy is strictest counts.
    assert_eq!(action(&config, NOBODY, GOOGLEBOT), Action::Tag);
    assert_eq!(action(&config, NOBODY, GPTBOT), Action::Block);
    assert_eq!(action(&config, NOBODY, &format!("{GOOGLEBOT} GPTBot/1.0")), Action::Block);
    assert_eq!(action(&config, NOBODY, &format!("GPTBot/1.0 {GOOGLEBOT}")), Action::Block);
}

#[test]
fn rules_ask_for_an_identity() {
    let config = config(
        r#"
        scanners.use = ["google-googlebot"]
        [[rule]]
        id = "real"
        paths = ["/"]
        identity = ["verified"]
        action = "allow"
        [[rule]]
        id = "fake"
        paths = ["/"]
        identity = ["forged"]
        action = "block"
        [[rule]]
        id = "renderer"
        paths = ["/"]
        identity = ["undeclared"]
        action = "allow"
        "#,
    );
    let fresh = fresh("google-googlebot");
    let rule = |address, agent| {
        let decision = decide_with(&config, address, agent, &fresh);
        (decision.rule().map(str::to_owned), decision.action())
    };
    assert_eq!(rule(GOOGLE, GOOGLEBOT), (Some("real".to_owned()), Action::Allow));
    assert_eq!(rule(NOBODY, GOOGLEBOT), (Some("fake".to_owned()), Action::Block));
    assert_eq!(rule(GOOGLE, CHROME), (Some("renderer".to_owned()), Action::Allow));
    assert_eq!(rule(NOBODY, CHROME), (None, Action::Allow));
}

#[test]
fn the_address_of_another_scanner_declares_nothing() {
    let config = config("scanners.use = [\"google-googlebot\", \"trend-micro\"]");
    let decision = decide(&config, TREND_MICRO, GOOGLEBOT);
    assert_eq!(decision.scanner().unwrap().id(), "trend-micro");
    assert_eq!(decision.identity(), Some(Identity::Undeclared));
    let claims: Vec<_> = decision.claims().map(|claim| (claim.scanner().id(), claim.identity())).collect();
    assert_eq!(claims, [("google-googlebot", Identity::Claimed)]);
}

#[test]
fn several_operators_without_a_proof_are_marked() {
    let config = config("scanners.use = [\"all\"]");
    let two = "Mozilla/5.0 (compatible; Googlebot/2.1) bingbot/2.0";
    assert!(decide(&config, NOBODY, two).claims_several());
    assert!(!decide(&config, GOOGLE, two).claims_several());
    assert!(!decide(&config, NOBODY, "bingbot/2.0 BingPreview/1.0b").claims_several());
    assert!(!decide(&config, NOBODY, GOOGLEBOT).claims_several());
}

#[test]
fn every_line_of_the_header_is_read() {
    let config = config(BLOCK_AI);
    for headers in [
        vec![("User-Agent", CHROME), ("User-Agent", GPTBOT)],
        vec![("User-Agent", GPTBOT), ("user-agent", CHROME)],
        vec![("USER-AGENT", GOOGLEBOT), ("User-Agent", GPTBOT)],
    ] {
        let facts = RequestFacts::new("/").peer(NOBODY.parse().unwrap()).headers(&headers);
        assert_eq!(config.decide(&facts).action(), Action::Block, "{headers:?}");
    }
}

#[test]
fn hostile_agents_are_read_as_they_stand() {
    let config = config("scanners.use = [\"all\"]");
    let found = |agent: &[u8]| {
        let headers = [("User-Agent", agent)];
        let decision = config.decide(&RequestFacts::new("/").peer(NOBODY.parse().unwrap()).headers(&headers));
        decision.claims().map(|claim| claim.scanner().id().to_owned()).collect::<Vec<_>>()
    };
    let nobody: [&str; 0] = [];
    assert_eq!(found(b"\x00GPTBot\x1b[2J"), ["openai-gptbot"]);
    assert_eq!(found(b"caf\xe9 GPTBot/1.0 \xff\xfe"), ["openai-gptbot"]);
    assert_eq!(found(b"Mozilla/5.0\r\n (compatible; GPTBot/1.0)"), ["openai-gptbot"]);
    assert_eq!(found(b"GPTBot\tGooglebot"), ["openai-gptbot", "google-googlebot"]);
    assert_eq!(found(b"Mozilla/5.0 (+https://example.com/GPTBot/)"), nobody);
    assert_eq!(found(b"Mozilla/5.0 (https://openai.com/gptbot)"), nobody);
    assert_eq!(found(b"Mozilla/5.0 (www.example.com/?GPTBot)"), nobody);
    assert_eq!(found(b"Mozilla/5.0 (gptbot@example.com)"), nobody);
    assert_eq!(found(b"Mozilla/5.0 (Linux; Android 8.0.0; CUBOT_P20) AppleWebKit/537.36"), nobody);
    assert_eq!(found(b""), nobody);
    // Text after 512 bytes is not read, and a word that is cut there does not count.
    for (blanks, expected) in [(500, true), (506, true), (507, false), (508, false), (600, false), (8_000, false)] {
        let agent = format!("{}GPTBot", " ".repeat(blanks));
        assert_eq!(!found(agent.as_bytes()).is_empty(), expected, "{blanks}");
    }
    let cut = format!("{}GPTBotX", " ".repeat(506));
    assert_eq!(found(cut.as_bytes()), nobody);
}

/// `OnPageBot` names Googlebot for compatibility. It is not Googlebot, from whatever address.
#[test]
fn a_name_for_compatibility_is_never_verified() {
    let config = config("scanners.use = [\"all\"]");
    for word in ["OnPageBot", "deepcrawl", "RyteBot"] {
        let agent = format!("{word} (compatible; Googlebot 2.1; +https://bot.example/)");
        for address in [NOBODY, GOOGLE] {
            let decision = decide_with(&config, address, &agent, &fresh("google-googlebot"));
            let google = decision.claims().find(|claim| claim.scanner().id() == "google-googlebot");
            assert!(google.is_none(), "{agent}");
            assert!(!decision.identity().is_some_and(Identity::is_verified), "{agent} from {address}");
        }
    }
}

#[test]
fn an_undetermined_client_proves_nothing() {
    let config = config(
        r#"
        client.trusted_proxies = ["66.249.64.1"]
        scanners.use = ["google-googlebot", "openai-gptbot"]
        [[rule]]
        paths = ["/"]
        scanners = ["openai-gptbot"]
        action = "block"
        "#,
    );
    let identity = |forwarded: &str, agent: &str| {
        let headers = [("User-Agent", agent), ("X-Forwarded-For", forwarded)];
        let decision = config.decide(&RequestFacts::new("/").peer(GOOGLE.parse().unwrap()).headers(&headers));
        let claim = decision.claims().next().map(|claim| (claim.identity(), claim.reason()));
        (claim, decision.action())
    };
    let unproven = Some((Identity::Unproven, Reason::AddressUndetermined));
    assert_eq!(identity("unknown", GOOGLEBOT).0, unproven);
    assert_eq!(identity("66.249.64.9", GOOGLEBOT).0.map(|(identity, _)| identity), Some(Identity::Verified(By::List)));
    assert_eq!(identity(NOBODY, GOOGLEBOT).0.map(|(identity, _)| identity), Some(Identity::Claimed));
    // A broken header does not get a request past a block.
    assert_eq!(identity("unknown", GPTBOT), (unproven, Action::Block));
}

#[test]
fn every_check_of_the_client_reads_the_agent() {
    for check in ["peer", "client", "either", "any-hop"] {
        let config =
            config(&format!("client.check = \"{check}\"\nclient.trusted_proxies = [\"loopback\"]\n{BLOCK_AI}"));
        for forwarded in [NOBODY, "unknown"] {
            let headers = [("User-Agent", GPTBOT), ("X-Forwarded-For", forwarded)];
            let facts = RequestFacts::new("/").peer([127, 0, 0, 1].into()).headers(&headers);
            assert_eq!(config.decide(&facts).action(), Action::Block, "{check}, {forwarded}");
        }
    }
}

#[test]
fn an_allowed_address_is_never_a_scanner() {
    let config = config(&BLOCK_AI.replace("[[rule]]", "scanners.allow = [\"203.0.113.0/24\"]\n[[rule]]"));
    assert!(!decide(&config, NOBODY, GPTBOT).is_scanner());
    assert!(decide(&config, "198.51.100.7", GPTBOT).is_scanner());
}

#[test]
fn the_address_alone_matches_where_that_is_asked_for() {
    let by_address = config(&BLOCK_AI.replace("[[rule]]", "scanners.match = [\"address\"]\n[[rule]]"));
    assert!(!decide(&by_address, NOBODY, GPTBOT).is_scanner());
    let decision = decide(&by_address, GOOGLE, GOOGLEBOT);
    assert_eq!((decision.claims().count(), decision.identity()), (0, Some(Identity::Undeclared)));
    let by_agent = config(&BLOCK_AI.replace("[[rule]]", "scanners.match = [\"agent\"]\n[[rule]]"));
    assert!(!decide(&by_agent, TREND_MICRO, CHROME).is_scanner());
    assert_eq!(decide(&by_agent, GOOGLE, GOOGLEBOT).identity(), Some(Identity::Verified(By::List)));
}

#[test]
fn a_list_of_ones_own_names_its_bot() {
    let config = config(
        r#"
        [scanners]
        use = []
        [[scanners.list]]
        id = "acme"
        category = "uptime-monitor"
        agents = ["AcmeProbe/"]
        [[scanners.list]]
        id = "beta"
        category = "uptime-monitor"
        agents = ["BetaProbe", "^Beta Monitor"]
        ranges = ["198.51.100.0/24"]
        [[rule]]
        paths = ["/"]
        scanners = ["beta"]
        action = "allow"
        [[rule]]
        paths = ["/"]
        action = "block"
        "#,
    );
    let claim = |address, agent| {
        let decision = decide(&config, address, agent);
        decision.claims().next().map(|claim| (claim.scanner().id().to_owned(), claim.identity(), decision.action()))
    };
    assert_eq!(claim(NOBODY, "AcmeProbe/1.0"), Some(("acme".to_owned(), Identity::Unproven, Action::Block)));
    assert_eq!(claim(NOBODY, "AcmeProber 1.0"), None);
    let beta = |identity, action| Some(("beta".to_owned(), identity, action));
    assert_eq!(claim(NOBODY, "betaprobe"), beta(Identity::Claimed, Action::Block));
    assert_eq!(claim("198.51.100.7", "betaprobe"), beta(Identity::Verified(By::List), Action::Allow));
    assert_eq!(claim(NOBODY, "Beta Monitor 2"), beta(Identity::Claimed, Action::Block));
    assert_eq!(claim(NOBODY, "My Beta Monitor 2"), None);
}

#[test]
fn a_list_proves_whether_its_vendor_is_in_use_or_not() {
    let config = config("scanners.use = [\"google-other\"]");
    let decision = decide(&config, GOOGLE, "Mozilla/5.0 (compatible; GoogleOther)");
    assert_eq!(decision.scanner().unwrap().id(), "google-other");
    assert_eq!(decision.identity(), Some(Identity::Verified(By::List)));
    assert!(!decide(&config, GOOGLE, CHROME).is_scanner());
}

#[test]
fn a_list_that_was_read_after_the_request_proves_nothing() {
    let config = config("scanners.use = [\"google-googlebot\"]");
    let long_ago = Proofs::new().time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_431_000_000));
    for address in [GOOGLE, NOBODY] {
        let decision = decide_with(&config, address, GOOGLEBOT, &long_ago);
        let claim = decision.claims().next().unwrap();
        assert_eq!((claim.identity(), claim.reason()), (Identity::Unproven, Reason::ListIsYounger), "{address}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let problems = |text: &str| {
        let error = GuardConfig::from_toml(text).unwrap_err();
        let problems = error.problems().iter().map(|problem| format!("{}: {}", problem.key(), problem.message()));
        problems.collect::<Vec<_>>()
    };
    let list = |agents: &str| format!("[[scanners.list]]\nid = \"x\"\ncategory = \"seo-crawler\"\nagents = {agents}");
    for (agents, part) in [
        ("[]", "empty"),
        ("[\"ab\"]", "3 to 64"),
        ("[\"\"]", "3 to 64"),
        ("[\"caf\u{e9}Bot\"]", "3 to 64"),
        ("[\"Acme\\u0007Bot\"]", "3 to 64"),
        ("[\"Mozilla/\"]", "browsers of people"),
        ("[\"safari\"]", "browsers of people"),
        ("[\"like Gecko\"]", "browsers of people"),
        ("[\"Instagram\"]", "browsers of people"),
        ("[\"Trident/\"]", "browsers of people"),
        ("[\"DuckDuckGo/\"]", "browsers of people"),
        ("[\"bot\"]", "identifies no bot"),
        ("[\"Crawler\"]", "identifies no bot"),
    ] {
        let found = problems(&list(agents));
        assert!(found.len() == 1 && found[0].contains(part), "{agents}: {found:?}");
    }
    let long = format!("[\"{}\"]", "x".repeat(65));
    assert!(problems(&list(&long))[0].contains("3 to 64"));
    assert!(problems("scanners.match = []")[0].contains("with this empty list, no request matches a scanner"));
    assert!(problems("scanners.match = [\"agents\"]")[0].contains("unknown name"));
    let off = format!("scanners.match = [\"address\"]\n{}", list("[\"AcmeProbe\"]"));
    assert!(problems(&off)[0].contains("does not contain `agent`"));
    let rule = |keys: &str| format!("[[rule]]\npaths = [\"/\"]\naction = \"tag\"\n{keys}");
    assert!(problems(&rule("identity = []"))[0].contains("can never match"));
    assert!(problems(&rule("identity = [\"real\"]"))[0].contains("unknown name"));
    let off = format!("scanners.match = [\"address\"]\n{}", rule("identity = [\"verified\"]"));
    assert!(problems(&off)[0].contains("can never match"));
    let id = "[[scanners.list]]\nid = \"google-other\"\ncategory = \"seo-crawler\"\nagents = [\"AcmeProbe\"]";
    assert!(problems(id)[0].contains("belongs to the catal"));
}

#[test]
fn an_allow_that_believes_a_claim_is_warned_of() {
    let warnings = |identity: &str| {
        let text = format!(
            "scanners.use = [\"google-googlebot\"]\n[[rule]]\npaths = [\"/\"]\naction = \"allow\"\nscanners = [\"google-googlebot\"]\n{identity}"
        );
        let warnings = config(&text).warnings();
        let about = warnings.iter().filter(|warning| warning.key().starts_with("rule[0].identity"));
        about.map(|warning| (warning.key().to_owned(), warning.message().to_owned())).collect::<Vec<_>>()
    };
    assert!(warnings("").is_empty());
    assert!(warnings("identity = [\"verified\", \"undeclared\"]").is_empty());
    for believed in ["claimed", "unproven", "forged"] {
        let found = warnings(&format!("identity = [\"verified\", \"{believed}\"]"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0 == "rule[0].identity" && found[0].1.contains("allows every request"), "{found:?}");
    }
}

#[test]
fn an_explanation_says_who_claims_what() {
    let config = config(BLOCK_AI);
    let headers = [("User-Agent", GPTBOT)];
    let proofs = fresh("openai-gptbot");
    let facts = RequestFacts::new("/").peer(NOBODY.parse().unwrap()).headers(&headers).proofs(&proofs);
    let explanation = config.explain(&facts);
    let text = explanation.to_string();
    assert!(text.contains("claims to be openai-gptbot: forged (the address is in no list of the bot"), "{text}");
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!(json["claims"][0]["reason"], "not-listed");
    assert_eq!(json["identity"], "forged");
}

/// Suffixes from public tables that confirm every customer of a cloud, and names that nobody has.
#[test]
fn no_bot_is_proved_by_a_name_of_a_cloud() {
    let guessed =
        [".amazonaws.com", ".googleusercontent.com", ".openai.com", ".linode.com", ".local", ".compute.internal"];
    for agent in catalog::agents() {
        for name in agent.reverse_names() {
            assert!(name.starts_with('.') && name.matches('.').count() >= 2, "{}: {name}", agent.id());
            // A name counts only if it has the form of a mask, if there are masks.
            let masks = agent.reverse_masks();
            let can_prove = masks.is_empty() || masks.iter().any(|mask| mask.ends_with(name));
            assert!(!can_prove || !guessed.iter().any(|guess| name.ends_with(guess)), "{}: {name}", agent.id());
        }
    }
}

/// Behind a proxy that the policy does not name, no bot is verified. What was found out about the addresses outlives a reload, since
/// each fetched list would otherwise let rules for `forged` act again, unless the reload changes the trusted proxies.
#[actix_web::test]
async fn doubts_about_the_addresses_outlive_a_reload() {
    use actix_scanner_guard::ScannerGuard;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    let write = |client: &str, action: &str| {
        let text = format!(
            "client.trusted_proxies = [{client}]\nscanners.use = [\"google-googlebot\"]\n[[rule]]\npaths = [\"/x\"]\naction = \"{action}\""
        );
        std::fs::write(&file, text).unwrap();
    };
    write("", "tag");
    let config = GuardConfig::load_with(&file, []).unwrap();
    let app =
        init_service(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(HttpResponse::Ok)))
            .await;
    let is_doubtful = || config.status().counts.addresses_doubtful;
    for network in 0..20 {
        assert!(!is_doubtful());
        let peer = std::net::SocketAddr::new([198, 18, network, 1].into(), 443);
        let request = TestRequest::default().peer_addr(peer).insert_header(("user-agent", GOOGLEBOT));
        call_service(&app, request.to_request()).await;
    }
    assert!(is_doubtful());
    write("", "block");
    config.reload().unwrap();
    assert!(is_doubtful(), "the same proxies");
    write("\"192.0.2.1\"", "block");
    config.reload().unwrap();
    assert!(!is_doubtful(), "another proxy");
}
