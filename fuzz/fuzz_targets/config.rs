//! Any text as a TOML file: it is accepted or refused, and every problem has a place and help.

#![no_main]

use actix_scanner_guard::{GuardConfig, Problem, Reload, RequestFacts};
use libfuzzer_sys::fuzz_target;

/// A rule that is refused, so that the policy never comes into service.
const REFUSED: &str = "\n[[rule]]\npaths = [\"no-slash\"]\naction = \"tag\"\n";

fn check(text: &str, problem: &Problem) {
    assert!(!problem.message().trim().is_empty() && !problem.help().trim().is_empty(), "{problem:?}");
    let (line, column) = (problem.line().expect("a line"), problem.column().expect("a column"));
    assert!(line >= 1 && column >= 1 && line <= text.split('\n').count(), "{problem:?}");
    if let Some(span) = problem.span() {
        assert!(text.get(span).is_some(), "{problem:?}");
    }
    let texts = [Some(problem.key()), problem.found()];
    assert!(texts.into_iter().flatten().all(|text| !text.contains(char::is_control)), "{problem:?}");
}

fuzz_target!(|text: &str| {
    // This target must not fetch anything: a policy that may name a server is only checked. A key may be written with
    // escapes.
    let refused = text.contains("url") || text.contains("\\u") || text.contains("\\x") || text.contains("\\U");
    let text = if refused { format!("{text}{REFUSED}") } else { text.to_owned() };
    match GuardConfig::from_toml(&text) {
        Err(error) => {
            assert!(!error.problems().is_empty());
            error.problems().iter().for_each(|problem| check(&text, problem));
            assert!(error.to_string().len() > 40);
        }
        Ok(config) => {
            assert!(!refused, "a rule without its slash was taken");
            config.warnings().iter().for_each(|warning| check(&text, warning));
            assert_eq!(config.reload().expect("the same text"), Reload::Unchanged);
            let headers = [("x-forwarded-for", "198.51.100.7, 10.0.0.1"), ("host", "shop.example")];
            for path in ["/", "/admin/x", "/%2e%2e/a"] {
                for peer in [[150, 70, 66, 183], [127, 0, 0, 1], [10, 0, 0, 1]] {
                    let facts = RequestFacts::new(path).peer(peer.into()).headers(&headers);
                    let decision = config.decide(&facts);
                    assert!(!config.explain(&facts).to_string().is_empty());
                    assert!(decision.is_scanner() || !decision.action().hides());
                }
            }
        }
    }
});
