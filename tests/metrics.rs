//! The metrics, as a Prometheus exporter shows them. This is a separate binary, since a process has only one exporter.
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected is to fail")]

use std::fs;

use actix_scanner_guard::{GuardConfig, ScannerGuard};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, web};
use metrics_exporter_prometheus::PrometheusBuilder;

const POLICY: &str = r#"
    [scanners]
    use = ["trend-micro"]
    [[rule]]
    id = "admin"
    paths = ["/admin"]
    action = "block"
    [[rule]]
    id = "watched"
    paths = ["/watched"]
    action = "decoy"
    mode = "observe"
"#;

#[actix_web::test]
async fn what_an_exporter_shows() {
    let exporter = PrometheusBuilder::new().install_recorder().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    fs::write(&file, POLICY).unwrap();
    let config = GuardConfig::load_with(&file, []).unwrap();
    let app =
        init_service(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(HttpResponse::Ok)))
            .await;
    for path in ["/admin", "/admin/x", "/watched", "/forged%22%7D%201%0Aforged", "/"] {
        let request = TestRequest::with_uri(path).peer_addr("150.70.66.183:4711".parse().unwrap());
        call_service(&app, request.to_request()).await;
    }
    let shown = exporter.render();
    for line in [
        r#"scanner_guard_requests_total{scanner="trend-micro",action="block",enforced="true"} 2"#,
        r#"scanner_guard_requests_total{scanner="trend-micro",action="decoy",enforced="false"} 1"#,
        r#"scanner_guard_requests_total{scanner="trend-micro",action="tag",enforced="true"} 2"#,
        r#"scanner_guard_rule_requests_total{rule="admin",action="block",enforced="true"} 2"#,
        r#"scanner_guard_rule_requests_total{rule="default_action",action="tag",enforced="true"} 2"#,
        "scanner_guard_policy_generation 1",
        "scanner_guard_policy_prefixes 4",
        "scanner_guard_policy_current 1",
        "# TYPE scanner_guard_policy_loaded_timestamp_seconds gauge",
    ] {
        assert!(shown.lines().any(|found| found == line), "no `{line}` in\n{shown}");
    }
    assert!(!shown.contains("forged"));

    #[cfg(feature = "web-bot-auth")]
    {
        let signing = "[[identity.agent]]\nid = \"agent\"\nurl = \"https://127.0.0.1:1/keys.json\"";
        let signing = GuardConfig::from_toml(signing).unwrap();
        let app = init_service(
            App::new().wrap(ScannerGuard::from_config(&signing)).default_service(web::to(HttpResponse::Ok)),
        )
        .await;
        for input in ["nonsense (", "sig=();tag=\"\u{22}"] {
            call_service(&app, TestRequest::default().insert_header(("signature-input", input)).to_request()).await;
        }
        let shown = exporter.render();
        let signatures = "scanner_guard_signatures_total{outcome=\"invalid\",reason=\"signature-malformed\"} 2";
        assert!(shown.lines().any(|found| found == signatures), "no `{signatures}` in\n{shown}");
    }

    fs::write(&file, "nonsense").unwrap();
    config.reload().unwrap_err();
    assert!(exporter.render().contains("scanner_guard_policy_current 0\n"));
    assert!(exporter.render().contains("scanner_guard_reloads_total{result=\"refused\"} 1\n"));
    fs::write(&file, POLICY.replace("block", "allow")).unwrap();
    config.reload().unwrap();
    let shown = exporter.render();
    assert!(
        shown.contains("scanner_guard_policy_current 1\n") && shown.contains("scanner_guard_policy_generation 2\n")
    );
    assert!(shown.contains("scanner_guard_reloads_total{result=\"changed\"} 1\n"));
}
