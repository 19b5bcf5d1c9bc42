//! Selectors: ids, categories, presets, conditions, exclusions.

use actix_scanner_guard::catalog::Scanner;
use actix_scanner_guard::{Action, GuardConfig, RequestFacts};

/// One address for each kind of range.
const TREND_MICRO: &str = "150.70.66.183"; // web-reputation, exclusive, observed
const BITDEFENDER: &str = "91.199.104.5"; // web-reputation, shared, registered
const IRONPORT: &str = "68.232.128.1"; // email-security, exclusive, registered
const ZSCALER: &str = "165.225.0.1"; // secure-web-gateway, shared, published
const DETECTIFY: &str = "52.17.9.21"; // vulnerability-scanner, exclusive, community
const CHATGPT_USER: &str = "4.151.71.177"; // ai-fetcher, exclusive, published
const CCBOT: &str = "18.97.9.168"; // ai-crawler, exclusive, published
const GOOGLEBOT: &str = "66.249.64.1"; // search-engine, exclusive, published
const AHREFS: &str = "5.39.1.225"; // seo-crawler, exclusive, published
const PARTNER: &str = "198.51.100.7"; // a list of the operator

const EVERYBODY: [&str; 10] =
    [TREND_MICRO, BITDEFENDER, IRONPORT, ZSCALER, DETECTIFY, CHATGPT_USER, CCBOT, GOOGLEBOT, AHREFS, PARTNER];

const OWN: &str =
    "[[scanners.list]]\nid = \"partner\"\ncategory = \"web-reputation\"\nranges = [\"198.51.100.0/24\"]\n";

fn selected(config: &GuardConfig, chosen: impl Fn(&actix_scanner_guard::Decision) -> bool) -> Vec<&'static str> {
    let facts = |address: &str| RequestFacts::new("/").peer(address.parse().unwrap());
    EVERYBODY.into_iter().filter(|address| chosen(&config.decide(&facts(address)))).collect()
}

fn in_use(selectors: &str) -> Vec<&'static str> {
    let config = GuardConfig::from_toml(&format!("scanners.use = {selectors}")).unwrap();
    selected(&config, |decision| decision.scanner().is_some())
}

#[test]
fn the_default_is_security_scanners_that_are_at_least_on_a_list() {
    let config = GuardConfig::from_toml("").unwrap();
    assert_eq!(selected(&config, |decision| decision.scanner().is_some()), [TREND_MICRO, DETECTIFY]);
}

#[test]
fn selectors_in_use() {
    for (selectors, expected) in [
        (r#"["trend-micro"]"#, &[TREND_MICRO][..]),
        (r#"["category:web-reputation"]"#, &[TREND_MICRO]),
        (r#"["category:web-reputation@registered"]"#, &[TREND_MICRO, BITDEFENDER]),
        (r#"["category:web-reputation@registered,exclusive"]"#, &[TREND_MICRO]),
        (r#"["category:web-reputation@shared,registered"]"#, &[BITDEFENDER]),
        (r#"["all"]"#, &[TREND_MICRO, ZSCALER, DETECTIFY, CHATGPT_USER, CCBOT, GOOGLEBOT, AHREFS]),
        (r#"["all@registered"]"#, &EVERYBODY[..9]),
        (r#"["all@observed,exclusive"]"#, &[TREND_MICRO, CHATGPT_USER, CCBOT, GOOGLEBOT, AHREFS]),
        (r#"["all@published,shared"]"#, &[ZSCALER]),
        (r#"["bitdefender@registered", "all@published,shared"]"#, &[BITDEFENDER, ZSCALER]),
        (r#"["preset:link-scanners@registered"]"#, &[TREND_MICRO, BITDEFENDER, IRONPORT]),
        (r#"["preset:ai"]"#, &[CHATGPT_USER, CCBOT]),
        (r#"["preset:recon"]"#, &[DETECTIFY]),
        (r#"["preset:search"]"#, &[GOOGLEBOT, AHREFS]),
        // Exclusions apply at any position.
        (r#"["preset:ai", "!category:ai-fetcher"]"#, &[CCBOT]),
        (r#"["!category:ai-fetcher", "preset:ai"]"#, &[CCBOT]),
        (r#"["all", "!preset:search", "!preset:ai", "!zscaler", "!zscaler-hubs"]"#, &[TREND_MICRO, DETECTIFY]),
        (r#"["category:web-reputation@registered", "!trend-micro"]"#, &[BITDEFENDER]),
        // Exclusions alone are subtracted from the default.
        (r#"["!trend-micro"]"#, &[DETECTIFY]),
        ("[]", &[]),
    ] {
        assert_eq!(in_use(selectors), expected, "{selectors}");
    }
}

#[test]
fn selectors_of_a_rule() {
    const ANY: &str = "audience = \"any\"\ncertainty = \"registered\"\n";
    for (selectors, keys, expected) in [
        (r#"["all"]"#, ANY, &EVERYBODY[..]),
        (r#"["category:web-reputation"]"#, ANY, &[TREND_MICRO, BITDEFENDER, PARTNER]),
        (r#"["category:web-reputation"]"#, "", &[TREND_MICRO, PARTNER]),
        (r#"["category:web-reputation@observed"]"#, ANY, &[TREND_MICRO, PARTNER]),
        (r#"["preset:link-scanners@exclusive"]"#, ANY, &[TREND_MICRO, IRONPORT, PARTNER]),
        (r#"["preset:ai", "partner"]"#, "", &[CHATGPT_USER, CCBOT, PARTNER]),
        (r#"["!preset:ai", "!preset:search", "!category:secure-web-gateway"]"#, "", &[TREND_MICRO, PARTNER]),
        (r#"["all@exclusive", "!partner", "!preset:search"]"#, "", &[TREND_MICRO, CHATGPT_USER, CCBOT]),
    ] {
        let toml = format!(
            "scanners.use = [\"all@registered\"]\n{OWN}[[rule]]\npaths = [\"/\"]\nscanners = {selectors}\n{keys}\
             action = \"block\""
        );
        let config = GuardConfig::from_toml(&toml).unwrap();
        assert_eq!(selected(&config, |decision| decision.action() == Action::Block), expected, "{toml}");
    }
}

/// A selected range that is only registered is still not blocked.
#[test]
fn registered_ranges_are_tagged_and_not_acted_upon() {
    let config =
        GuardConfig::from_toml("scanners.use = [\"all@registered\"]\n[[rule]]\npaths = [\"/\"]\naction = \"block\"")
            .unwrap();
    let facts = |address: &str| RequestFacts::new("/").peer(address.parse().unwrap());
    for address in [BITDEFENDER, IRONPORT, ZSCALER, DETECTIFY] {
        let decision = config.decide(&facts(address));
        assert_eq!(decision.action(), Action::Tag, "{address}");
    }
    assert_eq!(config.decide(&facts(TREND_MICRO)).action(), Action::Block);
    assert_eq!(config.decide(&facts(TREND_MICRO)).scanner().map(Scanner::id), Some("trend-micro"));
}

#[test]
fn selectors_without_sense_are_problems() {
    for (selectors, message, help) in [
        (r#"["trendmicro"]"#, "unknown scanner", "`trend-micro`"),
        (r#"["!trendmicro"]"#, "unknown scanner", "`!trend-micro`"),
        (r#"["trendmicro@observed"]"#, "unknown scanner", "`trend-micro@observed`"),
        (r#"["preset:link-scanner"]"#, "unknown preset", "`preset:link-scanners`"),
        (r#"["preset:x"]"#, "unknown preset", "one of `link-scanners`"),
        (r#"["recon"]"#, "a set of scanners", "`preset:recon`"),
        (r#"["!ai-fetcher"]"#, "a set of scanners", "`!category:ai-fetcher`"),
        (r#"["!category:ai-fetchers"]"#, "unknown category", "`!category:ai-fetcher`"),
        (r#"["all@registerd"]"#, "unknown condition", "`all@registered`"),
        (r#"["all@"]"#, "unknown condition", "`published`"),
        (r#"["all@observed,published"]"#, "one certainty", "minimum certainty"),
        (r#"["all@shared,exclusive"]"#, "one audience", "no audience"),
        (r#"["all", "!trend-micro@observed"]"#, "without conditions", "`!trend-micro`"),
        (r#"["category:ai-crawler", "!all"]"#, "an exclusion is", "remove it"),
        (r#"["category:ai-crawler", "!trend-micro"]"#, "excludes nothing", "remove it"),
        (r#"["category:ai-crawler", "!category:ai-crawler"]"#, "leave no scanner", "use = []"),
        (r#"["bitdefender"]"#, "all these ranges are `registered`", "`bitdefender@registered`"),
        (r#"["cisco-ironport@published"]"#, "asks for `published`", "`cisco-ironport@registered`"),
        (r#"["bitdefender@shared"]"#, "asks for `community`", "`bitdefender@registered,shared`"),
        (r#"["zscaler@exclusive"]"#, "none of these ranges is `exclusive`", "`zscaler`"),
        (r#"["partner@observed"]"#, "a list of your own", "remove it"),
    ] {
        let toml = format!("[scanners]\nuse = {selectors}\n{OWN}");
        let error = GuardConfig::from_toml(&toml).expect_err(&toml);
        assert_eq!(error.problems().len(), 1, "{error}");
        let problem = &error.problems()[0];
        assert!(problem.message().contains(message), "{selectors}\n{error}");
        assert!(problem.help().contains(help), "{selectors}\n{error}");
    }
}

#[test]
fn a_rule_that_can_meet_nobody_is_a_problem() {
    for (selectors, message) in [
        (r#"["bitdefender"]"#, "no scanner of this kind is in use"),
        (r#"["category:web-reputation@published"]"#, "no scanner of this kind is in use"),
        (r#"["detectify@shared"]"#, "no scanner of this kind is in use"),
        (r#"["trend-micro", "!trend-micro"]"#, "its exclusions leave no scanner"),
        (r#"["trend-micro", "!detectify"]"#, "excludes nothing"),
    ] {
        let toml = format!("[[rule]]\npaths = [\"/\"]\nscanners = {selectors}\naction = \"tag\"");
        let error = GuardConfig::from_toml(&toml).expect_err(&toml);
        assert_eq!(error.problems().len(), 1, "{error}");
        assert!(error.problems()[0].message().contains(message), "{selectors}\n{error}");
    }
}

/// Audience and certainty are independent of each other.
#[test]
fn audience_and_certainty_of_a_rule_are_two_conditions() {
    const FOR_MACHINES: [&str; 8] = [TREND_MICRO, IRONPORT, DETECTIFY, CHATGPT_USER, CCBOT, GOOGLEBOT, AHREFS, PARTNER];
    let observed = [TREND_MICRO, CHATGPT_USER, CCBOT, GOOGLEBOT, AHREFS, PARTNER];
    for (keys, expected) in [
        ("", &observed[..]),
        ("audience = \"exclusive\"\ncertainty = \"observed\"\n", &observed),
        ("certainty = \"community\"\n", &[TREND_MICRO, DETECTIFY, CHATGPT_USER, CCBOT, GOOGLEBOT, AHREFS, PARTNER]),
        ("certainty = \"registered\"\n", &FOR_MACHINES),
        ("certainty = \"published\"\n", &observed[1..]),
        ("audience = \"any\"\n", &[TREND_MICRO, ZSCALER, CHATGPT_USER, CCBOT, GOOGLEBOT, AHREFS, PARTNER]),
        (
            "audience = \"any\"\ncertainty = \"community\"\n",
            &[TREND_MICRO, ZSCALER, DETECTIFY, CHATGPT_USER, CCBOT, GOOGLEBOT, AHREFS, PARTNER],
        ),
        ("audience = \"any\"\ncertainty = \"registered\"\n", &EVERYBODY),
    ] {
        for action in ["block", "decoy"] {
            let rule = format!("[[rule]]\npaths = [\"/\"]\naction = \"{action}\"\n{keys}");
            let toml = format!("scanners.use = [\"all@registered\"]\n{OWN}{rule}");
            let config = GuardConfig::from_toml(&toml).unwrap();
            assert_eq!(selected(&config, |decision| decision.action().hides()), expected, "{toml}");
        }
    }
    // Rules that hide nothing act on all audiences, unless they have the key.
    for (keys, expected) in [
        ("", &EVERYBODY[..]),
        ("audience = \"exclusive\"\n", &FOR_MACHINES),
        ("certainty = \"observed\"\n", &[TREND_MICRO, ZSCALER, CHATGPT_USER, CCBOT, GOOGLEBOT, AHREFS, PARTNER]),
    ] {
        let rule = format!("[[rule]]\npaths = [\"/\"]\naction = \"allow\"\n{keys}");
        let config = GuardConfig::from_toml(&format!("scanners.use = [\"all@registered\"]\n{OWN}{rule}")).unwrap();
        assert_eq!(selected(&config, |decision| decision.action() == Action::Allow && decision.is_scanner()), expected);
    }
}

#[test]
fn a_rule_out_of_reach_says_which_key_is_the_answer() {
    const REGISTERED: &str = "[\"bitdefender@registered\", \"cisco-ironport@registered\", \"zscaler\", \"shodan\"]";
    for (scanners, keys, message, help) in [
        (
            "shodan",
            "",
            "all these ranges are `community` at best",
            "write `certainty = \"community\"` to act on them too",
        ),
        ("cisco-ironport", "", "all these ranges are `registered` at best", "write `certainty = \"registered\"`"),
        (
            "cisco-ironport",
            "certainty = \"community\"\n",
            "the rule acts on `community` ones",
            "`certainty = \"registered\"`",
        ),
        ("cisco-ironport", "audience = \"any\"\n", "are `registered` at best", "write `certainty = \"registered\"`"),
        ("zscaler", "", "people use all these ranges too", "write `audience = \"any\"` to act on these people as well"),
        ("zscaler", "certainty = \"community\"\n", "people use all these ranges too", "write `audience = \"any\"` to"),
        ("bitdefender", "", "`registered` at best", "write `audience = \"any\"` and `certainty = \"registered\"`"),
        ("bitdefender", "audience = \"any\"\n", "`registered` at best", "write `certainty = \"registered\"`"),
    ] {
        for action in ["block", "decoy"] {
            let toml = format!(
                "scanners.use = {REGISTERED}\n[[rule]]\npaths = [\"/\"]\nscanners = [\"{scanners}\"]\n{keys}\
                 action = \"{action}\""
            );
            let error = GuardConfig::from_toml(&toml).expect_err(&toml);
            let [problem] = error.problems() else { panic!("{toml}\n{error}") };
            assert_eq!(problem.key(), "rule[0].scanners");
            assert!(problem.message().starts_with("this rule can never match: "), "{error}");
            assert!(problem.message().contains(message), "{toml}\n{error}");
            assert!(problem.help().contains(help), "{toml}\n{error}");
            assert!(problem.help().ends_with(", or `action = \"tag\"`"), "{error}");
            assert!(!scanners.contains("shodan") || !error.to_string().contains("people"), "{error}");
        }
    }
}

/// The old key `confidence` is an error that names the new keys.
#[test]
fn the_key_that_was_confidence_names_the_keys_that_are() {
    let list = |value: &str| format!("{OWN}confidence = {value}\n");
    let rule = |value: &str| format!("[[rule]]\npaths = [\"/\"]\naction = \"block\"\nconfidence = {value}\n");
    for (toml, key, helps) in [
        (list("\"shared\""), "scanners.list[0].confidence", &["`audience = \"shared\"`"][..]),
        (list("\"exclusive\""), "scanners.list[0].confidence", &["`audience = \"exclusive\"`"]),
        (rule("\"any\""), "rule[0].confidence", &["`audience = \"any\"`", "`certainty = \"registered\"`"]),
        (rule("\"exclusive\""), "rule[0].confidence", &["`audience = \"exclusive\"`", "`certainty = \"observed\"`"]),
        (rule("1"), "rule[0].confidence", &["`audience`", "`certainty`"]),
        ("confidence = \"any\"".to_owned(), "confidence", &["`audience` of a list", "`certainty` of a rule"]),
    ] {
        let error = GuardConfig::from_toml(&toml).expect_err(&toml);
        let [problem] = error.problems() else { panic!("{toml}\n{error}") };
        assert_eq!((problem.key(), problem.message()), (key, "unknown key"), "{error}");
        assert_eq!(problem.found(), Some("confidence"));
        for help in helps {
            assert!(problem.help().contains(help), "{toml}\n{error}");
        }
    }
}
