//! What each subcommand answers: every exit code, as text and as JSON, on sound and on damaged files.

use crate::support::expect;

/// Name, arguments, standard input. The expected answer is in `tests/data/cli`.
const CASES: &[(&str, &[&str], &str)] = &[
    ("check", &["check", "policy.toml", "--strict"], ""),
    ("check_json", &["check", "policy.toml", "--json"], ""),
    ("check_problems", &["check", "problems.toml"], ""),
    ("check_problems_json", &["check", "problems.toml", "--json"], ""),
    ("check_syntax", &["check", "syntax.toml"], ""),
    ("check_not_utf8", &["check", "latin1.toml"], ""),
    ("check_warnings", &["check", "warnings.toml"], ""),
    ("check_warnings_strict_json", &["check", "warnings.toml", "--strict", "--json"], ""),
    ("check_no_proxy", &["check", "no-proxy.toml", "--strict"], ""),
    ("check_missing", &["check", "nowhere.toml"], ""),
    ("check_folder", &["check", "."], ""),
    ("explain", &["explain", "-c", "policy.toml", "--ip", "198.51.100.1", "--path", "/admin/x?q"], ""),
    ("explain_json", &["explain", "-c", "policy.toml", "--ip", "198.51.100.1", "--path", "/admin", "--json"], ""),
    ("explain_escaped", &["explain", "-c", "policy.toml", "--ip", "2001:db8:77::1", "--path", "/%61dmin/public"], ""),
    (
        "explain_strictest",
        &["explain", "-c", "policy.toml", "--ip", "198.51.100.1", "--path", "/admin/public/..%2fx"],
        "",
    ),
    (
        "explain_proxy",
        &["explain", "-c", "policy.toml", "--ip", "198.51.100.1", "--peer", "10.0.0.1", "--path", "/watched"],
        "",
    ),
    (
        "explain_headers",
        &[
            "explain",
            "-c",
            "policy.toml",
            "--peer",
            "10.0.0.1",
            "--header",
            "X-Forwarded-For: 192.0.2.1, 198.51.100.1",
            "--header",
            "x-forwarded-for: 10.9.9.9",
            "--path",
            "/login",
            "--method",
            "POST",
            "--host",
            "a.shop.example",
        ],
        "",
    ),
    (
        "explain_unreadable_header",
        &["explain", "-c", "policy.toml", "--peer", "10.0.0.1", "--header", "X-Forwarded-For: \u{1b}[31munknown"],
        "",
    ),
    ("explain_method", &["explain", "-c", "policy.toml", "--ip", "198.51.100.1", "--path", "/login"], ""),
    ("explain_shared", &["explain", "-c", "policy.toml", "--ip", "203.0.113.5", "--path", "/admin"], ""),
    ("explain_default_action", &["explain", "-c", "direct.toml", "--ip", "198.51.100.1"], ""),
    ("explain_allowed", &["explain", "-c", "policy.toml", "--ip", "198.51.100.7", "--path", "/admin"], ""),
    ("explain_counted_hops", &["explain", "-c", "hops.toml", "--ip", "198.51.100.7"], ""),
    ("explain_nobody", &["explain", "-c", "policy.toml", "--ip", "192.0.2.1"], ""),
    ("explain_without_address", &["explain", "-c", "policy.toml", "--path", "/"], ""),
    ("explain_bad_header", &["explain", "-c", "policy.toml", "--ip", "192.0.2.1", "--header", "nonsense"], ""),
    (
        "explain_reference",
        &["explain", "-c", "policy.toml", "--reference", "k7qm9xrd", "--log", "service.log", "--host", "shop.example"],
        "",
    ),
    (
        "explain_reference_cut",
        &["explain", "-c", "policy.toml", "--reference", "ABCD-2345", "--log", "service.log"],
        "",
    ),
    (
        "explain_reference_json",
        &["explain", "-c", "policy.toml", "--reference", "WXYZ-6789", "--log", "service.log", "--json"],
        "",
    ),
    (
        "explain_reference_unknown",
        &["explain", "-c", "policy.toml", "--reference", "AAAA-BBBB", "--log", "-"],
        "nothing\n",
    ),
    ("explain_reference_without_log", &["explain", "-c", "policy.toml", "--reference", "AAAA-BBBB"], ""),
    ("explain_bad_policy", &["explain", "-c", "problems.toml", "--ip", "192.0.2.1"], ""),
    ("lookup", &["lookup", "-c", "policy.toml", "198.51.100.200"], ""),
    ("lookup_allowed", &["lookup", "-c", "policy.toml", "::ffff:198.51.100.7"], ""),
    ("lookup_nobody", &["lookup", "-c", "policy.toml", "192.0.2.1"], ""),
    ("lookup_several", &["lookup", "-c", "policy.toml", "192.0.2.1", "198.51.100.200", "198.51.100.7"], ""),
    (
        "lookup_lines",
        &["lookup", "-c", "policy.toml", "-"],
        "192.0.2.1\r\n\n  198.51.100.200\nhost.example\n2001:db8:77::5\n198.51.100.7\nfoo\u{1b}[31m\u{202e}bar\n203.0.113.9",
    ),
    ("lookup_lines_json", &["lookup", "-c", "policy.toml", "-", "--json"], "192.0.2.1\nrubbish\n198.51.100.200\n"),
    ("lookup_bad_address", &["lookup", "-c", "policy.toml", "198.51.100.256"], ""),
    ("diff_same", &["diff", "policy.toml", "policy.toml"], ""),
    ("diff", &["diff", "policy.toml", "changed.toml"], ""),
    ("diff_json", &["diff", "policy.toml", "changed.toml", "--json"], ""),
    ("diff_unusable", &["diff", "policy.toml", "problems.toml"], ""),
    ("test", &["test", "tests.toml"], ""),
    ("test_failing", &["test", "failing.toml"], ""),
    ("test_failing_json", &["test", "failing.toml", "--json"], ""),
    ("test_other_policy", &["test", "tests.toml", "--config", "hops.toml"], ""),
    ("test_without_tests", &["test", "no-tests.toml"], ""),
    ("test_unknown_key", &["test", "unknown-key.toml"], ""),
    ("test_expects_nothing", &["test", "expects-nothing.toml"], ""),
    ("catalog_unknown", &["catalog", "show", "trend-micr"], ""),
    ("catalog_nothing_found", &["catalog", "search", "no such vendor", "--json"], ""),
    ("catalog_bad_category", &["catalog", "list", "--category", "email-securty"], ""),
    ("init_text", &["init", "-"], ""),
    ("no_subcommand", &[], ""),
    ("near_miss", &["chek"], ""),
];

#[test]
fn each_is_as_written_down() {
    for (name, arguments, input) in CASES {
        expect(name, arguments, input);
    }
}
