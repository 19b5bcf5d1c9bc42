//! Properties of all public types: threads may share them, and their `Debug` output contains no secret.

use std::sync::Mutex;

use actix_scanner_guard::{GuardConfig, RequestFacts, ScannerGuard, ScannerMatch};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, fn_service};
use actix_web::test::TestRequest;
use actix_web::{Error, HttpMessage, HttpResponse};
use futures_util::stream;

fn shared<T: Send + Sync + Unpin>() {}

#[test]
fn threads_may_share_every_public_type() {
    use actix_scanner_guard::{catalog, feeds, guard, ranges, *};
    shared::<Action>();
    shared::<ActionCount>();
    shared::<Check>();
    shared::<ClientAddress>();
    shared::<ClientOutcome>();
    shared::<ConfigError>();
    shared::<Problem>();
    shared::<Counts>();
    shared::<Decision>();
    shared::<Explanation>();
    shared::<GuardConfig>();
    shared::<IdCount>();
    shared::<Mismatch>();
    shared::<Reload>();
    shared::<ReloadStatus>();
    shared::<ScannerGuard>();
    shared::<ScannerMatch>();
    shared::<Status>();
    shared::<catalog::Audience>();
    shared::<catalog::Category>();
    shared::<catalog::Certainty>();
    shared::<catalog::Feed>();
    shared::<catalog::Holder>();
    shared::<catalog::WhoisMatch>();
    shared::<catalog::WhoisMatches>();
    shared::<catalog::Overlap>();
    shared::<catalog::Preset>();
    shared::<catalog::ProxySet>();
    shared::<catalog::Range>();
    shared::<catalog::Scanner>();
    shared::<catalog::Vendor>();
    shared::<feeds::Choice>();
    shared::<feeds::EntryCounts>();
    shared::<feeds::FeedError>();
    shared::<feeds::Format>();
    shared::<feeds::ParsedList>();
    shared::<feeds::ParseOptions>();
    shared::<feeds::Selection>();
    shared::<guard::DecoyBody<String>>();
    shared::<guard::GuardService<()>>();
    shared::<ranges::BuildError>();
    shared::<ranges::Iter<'_, String>>();
    shared::<ranges::Matches<'_, String>>();
    shared::<ranges::RangeTable<String>>();
    #[cfg(feature = "feeds")]
    shared::<feeds::ListStatus>();
    #[cfg(feature = "watch")]
    shared::<(WatchError, Watcher)>();
    #[cfg(feature = "testing")]
    shared::<(testing::Difference, testing::Parity)>();
}

#[cfg(feature = "cli")]
#[test]
fn threads_may_share_what_is_read_of_logs() {
    use actix_scanner_guard::access_log::*;
    shared::<Entry<'_>>();
    shared::<LogFormat>();
    shared::<LogFormatError>();
    shared::<Forwarded<'_>>();
    shared::<Input>();
    shared::<LineCounts>();
    shared::<LogReport>();
    shared::<Compression>();
    shared::<LoggedRequest<'_>>();
    shared::<Sample>();
    shared::<Scan<'_>>();
    shared::<Scanned<String>>();
    shared::<Text<'_>>();
    shared::<Timestamp>();
    shared::<LineError>();
}

/// Whether pinned or not: the futures of actix-web's own services are, if those of the application are.
#[test]
fn what_can_be_moved_stays_movable() {
    use actix_scanner_guard::guard::{DecoyBody, GuardFuture};
    fn movable<T: Unpin>() {}
    movable::<GuardFuture<std::future::Ready<Result<ServiceResponse, Error>>, String>>();
    movable::<DecoyBody<String>>();
    movable::<RequestFacts<'_>>();
}

/// A body or a service for one thread makes a response for one thread, and needs no other property.
#[test]
fn what_belongs_to_one_thread_may_be_wrapped() {
    use actix_scanner_guard::guard::{DecoyBody, GuardService};
    fn sized<T: Sized>() {}
    sized::<DecoyBody<std::rc::Rc<str>>>();
    sized::<GuardService<std::rc::Rc<str>>>();
}

/// Header lines of a client contain passwords and cookies.
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

/// The `Debug` output of the middleware may be in a log, and is one line.
#[test]
fn the_middleware_shows_numbers_alone() {
    let config =
        GuardConfig::from_toml("[block]\nbody = \"c2VjcmV0\"\n[[rule]]\npaths = [\"/c2VjcmV0\"]\naction = \"block\"")
            .unwrap();
    let guard = ScannerGuard::from_config(&config);
    let Ok(service) = guard.new_transform(fn_service(answer)).into_inner() else { panic!() };
    let shown = format!("{config:?} {guard:?} {service:?}");
    assert!(shown.contains("rules: 1") && shown.len() < 1000 && !shown.contains("c2VjcmV0"), "{shown}");
}

async fn answer(req: ServiceRequest) -> Result<ServiceResponse, Error> {
    let path = req.path().to_owned();
    let page = stream::iter([Ok::<_, Error>(path.clone().into())]);
    Ok(req.into_response(HttpResponse::NotFound().insert_header(("x-seen", path)).streaming(page)))
}

/// Anybody who knows the marker could recognize a decoy by it.
#[actix_web::test]
async fn a_decoy_on_its_way_shows_no_marker() {
    static SEEN: Mutex<String> = Mutex::new(String::new());
    let config = GuardConfig::from_toml("[[rule]]\npaths = [\"/hidden\"]\naction = \"decoy\"").unwrap();
    let guard = ScannerGuard::from_config(&config);
    let inner = fn_service(|req: ServiceRequest| {
        req.path().clone_into(&mut SEEN.lock().unwrap());
        answer(req)
    });
    let service = guard.new_transform(inner).await.unwrap();
    let scanner = std::net::SocketAddr::from(([150, 70, 66, 183], 443));
    let future = service.call(TestRequest::with_uri("/hidden").peer_addr(scanner).to_srv_request());
    let shown = format!("{future:?}");
    let response = future.await.unwrap();
    let tag = response.request().extensions().get::<ScannerMatch>().cloned().unwrap();
    let shown = format!("{shown} {:?} {:?} {tag:?}", response.headers(), response.response().body());
    let seen = SEEN.lock().unwrap().clone();
    // `/hid<marker>den`
    let marker = seen.strip_prefix("/hid").and_then(|rest| rest.strip_suffix("den")).unwrap();
    assert!(marker.len() > 4, "{seen}");
    assert!(shown.contains("GuardFuture") && shown.contains("DecoyBody") && !shown.contains(marker), "{shown}");
}

/// A list's URL may contain a key in its query, and its header is one.
#[cfg(feature = "feeds")]
#[test]
fn a_configuration_shows_no_secret_of_its_lists() {
    const SECRET: &str = "c2VjcmV0";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scanner-guard.toml");
    let toml = |header: &str| {
        format!(
            "[[scanners.list]]\nid = \"partner\"\ncategory = \"web-reputation\"\naudience = \"exclusive\"\n\
             url = \"https://127.0.0.1:9/list.txt?key={SECRET}\"\n\
             header = \"{header}\"\nheader_env = \"PARTNER_TOKEN\"\n"
        )
    };
    let token = |text: &str| [("PARTNER_TOKEN".to_owned(), text.to_owned())];
    std::fs::write(&path, toml("authorization")).unwrap();
    let config = GuardConfig::load_with(&path, token(SECRET)).unwrap();
    let status = serde_json::to_string(&config.status()).unwrap();
    let guard = ScannerGuard::from_config(&config);
    let debug = format!("{config:?} {guard:?} {:?} {:?}", config.status(), config.warnings());
    let explained = format!("{:?}", config.explain(&RequestFacts::new("/")));
    // A value that no header can have, and an invalid name.
    let refused = GuardConfig::load_with(&path, token(&format!("{SECRET}\0"))).unwrap_err();
    std::fs::write(&path, toml(&format!("not a name: {SECRET}"))).unwrap();
    let unnamed = GuardConfig::load_with(&path, token(SECRET)).unwrap_err();
    // The secret in the place of its variable's name, and of a file's name that is not a URL.
    std::fs::write(&path, toml("authorization").replace("PARTNER_TOKEN", &format!("Bearer {SECRET}"))).unwrap();
    let misplaced = GuardConfig::load_with(&path, token(SECRET)).unwrap_err();
    std::fs::write(&path, toml("authorization").replace("https:", "ftp:")).unwrap();
    let unfetched = GuardConfig::load_with(&path, token(SECRET)).unwrap_err();
    let errors = [refused, unnamed, misplaced, unfetched];
    let errors = errors.iter().map(|error| format!("{error} {error:?} {:?}", error.problems()));
    for shown in [status, debug, explained].into_iter().chain(errors) {
        assert!(!shown.contains(SECRET), "{shown}");
    }
}
