//! What holds for the public types as such: threads may share them, and what they show of themselves is no secret.

use actix_scanner_guard::{GuardConfig, RequestFacts};

fn shared<T: Send + Sync + 'static>() {}

#[test]
fn threads_may_share_every_public_type() {
    use actix_scanner_guard::{catalog, feeds, guard, ranges, *};
    shared::<Action>();
    shared::<ActionCount>();
    shared::<Check>();
    shared::<ClientAddress>();
    shared::<ClientOutcome>();
    shared::<ConfigError>();
    shared::<Counts>();
    shared::<Decision>();
    shared::<Explanation>();
    shared::<GuardConfig>();
    shared::<IdCount>();
    shared::<Mismatch>();
    shared::<Problem>();
    shared::<Reload>();
    shared::<ReloadStatus>();
    shared::<ScannerGuard>();
    shared::<ScannerMatch>();
    shared::<Status>();
    shared::<catalog::Audience>();
    shared::<catalog::Category>();
    shared::<catalog::Certainty>();
    shared::<catalog::Scanner>();
    shared::<feeds::FeedError>();
    shared::<feeds::Format>();
    shared::<feeds::Listed>();
    shared::<feeds::ParseOptions>();
    shared::<feeds::Selection>();
    shared::<guard::DecoyBody<String>>();
    shared::<guard::GuardService<()>>();
    shared::<ranges::RangeTable<String>>();
    #[cfg(feature = "watch")]
    shared::<(WatchError, Watcher)>();
}

/// A body or a service of one thread makes a response of one thread, and no more is asked of it than that.
#[test]
fn what_belongs_to_one_thread_may_be_wrapped() {
    use actix_scanner_guard::guard::{DecoyBody, GuardService};
    fn sized<T: Sized>() {}
    sized::<DecoyBody<std::rc::Rc<str>>>();
    sized::<GuardService<std::rc::Rc<str>>>();
}

/// Header lines of a client hold passwords and cookies.
#[test]
fn the_facts_of_a_request_show_no_header() {
    let headers =
        [("authorization", "Basic c2VjcmV0"), ("cookie", "session=c2VjcmV0"), ("x-forwarded-for", "c2VjcmV0")];
    let facts = RequestFacts::new("/a").peer([198, 51, 100, 9].into()).headers(&headers);
    let shown = format!("{facts:?}");
    assert!(shown.contains("198.51.100.9") && !shown.contains("c2VjcmV0"), "{shown}");
    let config = GuardConfig::from_toml("").unwrap();
    let explained = config.explain(&RequestFacts::new("/a").headers(&headers[..2].to_vec())).to_string();
    assert!(!explained.contains("c2VjcmV0"), "{explained}");
}

/// A list's address may hold a key in its query, and its header is one.
#[cfg(feature = "feeds")]
#[test]
fn a_configuration_shows_no_secret_of_its_lists() {
    const SECRET: &str = "c2VjcmV0";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scanner-guard.toml");
    let toml = |header: &str| {
        format!(
            "[[scanners.list]]\nid = \"partner\"\ncategory = \"web-reputation\"\nconfidence = \"exclusive\"\n\
             url = \"https://127.0.0.1:9/list.txt?key={SECRET}\"\n\
             header = \"{header}\"\nheader_env = \"PARTNER_TOKEN\"\n"
        )
    };
    let token = |text: &str| [("PARTNER_TOKEN".to_owned(), text.to_owned())];
    std::fs::write(&path, toml("authorization")).unwrap();
    let config = GuardConfig::load_with(&path, token(SECRET)).unwrap();
    let status = serde_json::to_string(&config.status()).unwrap();
    let debug = format!("{config:?} {:?} {:?}", config.status(), config.warnings());
    let explained = format!("{:?}", config.explain(&RequestFacts::new("/")));
    // A value that no header can have, and a name that is none.
    let refused = GuardConfig::load_with(&path, token(&format!("{SECRET}\0"))).unwrap_err();
    std::fs::write(&path, toml("not a name")).unwrap();
    let unnamed = GuardConfig::load_with(&path, token(SECRET)).unwrap_err();
    for shown in [status, debug, explained, refused.to_string(), format!("{refused:?}")] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
    // The lines around a problem are those of the file, which has no secret but what its author wrote there.
    assert!(!unnamed.problems()[0].message().contains(SECRET));
}
