//! The tag as handlers, routes and logs see it.

use actix_scanner_guard::catalog::Category;
use actix_scanner_guard::guard::{from_scanner, log_label, response_label};
use actix_scanner_guard::{Action, ScannerGuard, ScannerMatch};
use actix_web::dev::Service as _;
use actix_web::{App, HttpMessage, HttpResponse, guard, web};

use crate::support::{SCANNER, get, request, serve, trusting};

const POLICY: &str = r#"
    [scanners]
    use = ["trend-micro"]
    [[scanners.list]]
    id = "inner"
    category = "ai-crawler"
    ranges = ["150.70.66.0/24"]
    [[rule]]
    id = "open"
    paths = ["/open"]
    action = "allow"
    [[rule]]
    id = "login"
    paths = ["/login"]
    action = "block"
"#;

#[actix_web::test]
async fn the_extension_says_all() {
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(
        |tag: web::ReqData<ScannerMatch>| async move {
            assert_eq!(tag.address().to_string(), SCANNER);
            assert_eq!(tag.network().to_string(), "150.70.66.0/24");
            assert_eq!((tag.scanner().id(), tag.category()), ("inner", Category::AiCrawler));
            assert_eq!(
                tag.scanners().map(actix_scanner_guard::catalog::Scanner::id).collect::<Vec<_>>(),
                ["inner", "trend-micro"]
            );
            assert_eq!((tag.rule(), tag.action(), tag.enforced()), (Some("open"), Action::Allow, true));
            assert_eq!((tag.generation(), tag.reference().len()), (1, 9));
            HttpResponse::Ok().body("all")
        }
    )));
    assert_eq!(get(server, Some(SCANNER), "/open").await.text(), "all");
}

#[actix_web::test]
async fn a_route_can_be_chosen_by_it() {
    let config = trusting(POLICY);
    let person = || guard::Not(from_scanner());
    let server = serve!(
        App::new().wrap(ScannerGuard::from_config(&config)).service(
            web::resource(["/x", "/open"])
                .route(web::get().guard(person()).to(|| async { "person" }))
                .route(web::get().to(|| async { "scanner" }))
        )
    );
    assert_eq!(get(server, Some("203.0.113.7"), "/x").await.text(), "person");
    assert_eq!(get(server, Some(SCANNER), "/x").await.text(), "scanner");
    assert_eq!(get(server, Some(SCANNER), "/open").await.text(), "person", "allowed scanners count as everybody");
}

/// In observe mode, handlers and routes behave as for every client, and the label shows the mode.
#[actix_web::test]
async fn observing_applies_to_nobody() {
    let config = trusting(&format!("mode = \"observe\"\n{POLICY}"));
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).service(
        web::resource("/login").route(web::get().guard(from_scanner()).to(|| async { "scanner" })).route(
            web::get().to(|tag: web::ReqData<ScannerMatch>, req: actix_web::HttpRequest| async move {
                drop(req);
                format!("{} {}", tag.is_actionable(), tag.action())
            })
        )
    ));
    assert_eq!(get(server, Some(SCANNER), "/login").await.text(), "false block");
}

#[actix_web::test]
async fn labels_for_logs_inside_and_outside() {
    let config = trusting(POLICY);
    let server = serve!(
        App::new()
            .wrap_fn(|req, inner| {
                let label = log_label(&req);
                let answer = inner.call(req);
                async move {
                    let mut answer = answer.await?;
                    answer.headers_mut().insert("x-inside".parse().unwrap(), label.parse().unwrap());
                    Ok(answer)
                }
            })
            .wrap(ScannerGuard::from_config(&config))
            .wrap_fn(|req, inner| {
                let answer = inner.call(req);
                async move {
                    let mut answer = answer.await?;
                    let label = response_label(&answer);
                    answer.headers_mut().insert("x-outside".parse().unwrap(), label.parse().unwrap());
                    Ok(answer)
                }
            })
            .default_service(web::to(HttpResponse::Ok))
    );
    for (from, path, inside, outside) in [
        ("203.0.113.7", "/x", Some("-"), "-"),
        (SCANNER, "/x", Some("inner/tag"), "inner/tag"),
        (SCANNER, "/open", Some("inner/allow"), "inner/allow"),
        (SCANNER, "/login", None, "inner/block"),
    ] {
        let answer = get(server, Some(from), path).await;
        assert_eq!(
            (answer.header("x-inside"), answer.header("x-outside")),
            (inside, Some(outside)),
            "{path} from {from}"
        );
    }
}

/// No text of a client becomes a tag.
#[actix_web::test]
async fn a_client_cannot_forge_a_tag() {
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(
        |req: actix_web::HttpRequest| async move {
            let tagged = req.extensions().get::<ScannerMatch>().is_some();
            HttpResponse::Ok().body(tagged.to_string())
        }
    )));
    let head = "GET /x?scanner=trend-micro HTTP/1.1\nhost: a.example\nx-scanner: trend-micro\nx-forwarded-for: 203.0.113.7\n\
                forwarded: for=150.70.66.183\ncookie: scanner=trend-micro\nuser-agent: Trend Micro";
    assert_eq!(request(server, head, b"").await.text(), "false");
}
