//! Counts the steps of work on one request in unit tests. They prove, without a clock, that work is linear in the
//! path's length. In every other build [`count`] does nothing.

#[cfg(test)]
use std::cell::Cell;

#[cfg(test)]
thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Adds steps: one for each byte or character that a loop reads.
#[inline(always)]
pub(crate) fn count(steps: usize) {
    #[cfg(test)]
    STEPS.set(STEPS.get() + steps as u64);
    #[cfg(not(test))]
    let _ = steps;
}

/// The steps on this thread since the last call.
#[cfg(test)]
pub(crate) fn take() -> u64 {
    STEPS.take()
}

#[cfg(test)]
mod tests {
    use actix_http::Request;
    use actix_web::dev::{Service, ServiceResponse};
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, Error, HttpResponse, web};

    use crate::{GuardConfig, ScannerGuard};

    /// A text and its repetitions at the front, a text that is repeated up to the limit, and an end.
    const SHAPES: [(&str, usize, &str, &str); 25] = [
        // If each `b` searched all following ones, one GET of this shape would keep a worker busy for seconds.
        ("a.", 130, "b", ""),
        ("", 0, "a.", ""),
        ("", 0, "a", ""),
        ("", 0, "a/", ""),
        ("", 0, "/", ""),
        ("", 0, "./", ""),
        ("", 0, "../", ""),
        ("", 0, ";a", ""),
        ("", 0, "%61", ""),
        ("", 0, "%25", "61"),
        ("", 0, "%", ""),
        ("", 0, "%u0061", ""),
        ("", 0, "\\", ""),
        ("", 0, "%2f..", ""),
        ("", 0, "%c0%af", ""),
        ("", 0, "%20", "x"),
        ("", 0, ".", "x"),
        ("", 0, "%c3%a9", ""),
        // Many words in one segment, and a protected name many times, in one segment and in many.
        ("", 0, "%2fa", ""),
        ("", 0, "/admin", ""),
        ("", 0, ";admin", ""),
        ("", 0, "admin", ""),
        ("", 0, "%09admin", ""),
        ("", 0, "/a", "/x.bak"),
        ("", 0, "x.bak/", ""),
    ];

    fn target(folder: &str, (front, often, unit, end): (&str, usize, &str, &str), length: usize) -> String {
        let front = front.repeat(often);
        let times = (length - folder.len() - front.len() - end.len()) / unit.len();
        format!("{folder}{front}{}{end}", unit.repeat(times))
    }

    /// The steps of one request through the middleware, to an application with this many routes.
    async fn steps(config: &GuardConfig, routes: usize, path: &str) -> u64 {
        let app = (0..routes).fold(App::new().wrap(ScannerGuard::from_config(config)), |app, number| {
            app.service(web::resource(format!("/r{number}/{{tail:.*}}")).to(HttpResponse::Ok))
        });
        let app = init_service(app.default_service(web::to(HttpResponse::NotFound))).await;
        counted(&app, path).await.0
    }

    /// The steps of a scanner's request, and the answer.
    async fn counted<B>(
        app: &impl Service<Request, Response = ServiceResponse<B>, Error = Error>,
        path: &str,
    ) -> (u64, ServiceResponse<B>) {
        let request = TestRequest::with_uri(path).peer_addr(([150, 70, 66, 183], 4711).into()).to_request();
        super::take();
        let answer = app.call(request).await.unwrap();
        (super::take(), answer)
    }

    /// Twice the length is twice the work, for decoyed and for tagged requests. Shapes that continue the first segment are
    /// shorter: with markers, a longer one would be too long for a URI.
    #[actix_web::test]
    async fn work_is_linear_in_the_length_of_the_path() {
        for (patterns, is_long) in [("\"/admin\", \"/**/*.bak\"", true), ("\"/**/*admin*\"", false)] {
            let config =
                GuardConfig::from_toml(&format!("[[rule]]\npaths = [{patterns}]\naction = \"decoy\"")).unwrap();
            for shape in SHAPES {
                for (folder, lengths) in [
                    ("/admin/", [8_000, 64_487]),
                    ("/public/", [8_000, 64_487]),
                    ("/admin", [4_000, 20_000]),
                    ("/public", [4_000, 20_000]),
                ] {
                    let mut before = None;
                    for length in lengths.into_iter().filter(|length| is_long || *length < 30_000) {
                        let path = target(folder, shape, length);
                        let each = steps(&config, 3, &path).await / path.len() as u64;
                        assert!(
                            each < 600,
                            "{each} steps for each of {length} bytes of {folder}{}{}",
                            shape.0,
                            shape.2
                        );
                        let least = *before.get_or_insert(each);
                        let at = format!("{patterns}, {folder}{}", shape.2);
                        assert!(each <= least + least / 4 + 8, "{least}, then {each} at {length}: {at}");
                    }
                }
            }
        }
    }

    /// The work on a request does not grow with the number of rules for other paths, nor with the number of routes.
    #[actix_web::test]
    async fn work_does_not_grow_with_rules_or_routes() {
        let policy = |rules: usize, pattern: fn(usize) -> String, more: &str| {
            let rule = |n| format!("[[rule]]\nid = \"r{n}\"\npaths = [{:?}]\naction = \"decoy\"\n{more}\n", pattern(n));
            GuardConfig::from_toml(&(0..rules).map(rule).collect::<String>()).unwrap()
        };
        let patterns: [fn(usize) -> String; 5] = [
            |n| format!("/area-{}/page-{n}", n % 10),
            |n| format!("/**/page-{n}/**"),
            |n| format!("/**/*.bak{n}"),
            |n| format!("/**/page-{n}-*"),
            |n| format!("/**/*e-{n}-*/**"),
        ];
        for (number, pattern) in patterns.into_iter().enumerate() {
            let (few, many) = (policy(10, pattern, ""), policy(1_000, pattern, ""));
            for shape in SHAPES.into_iter().step_by(2) {
                for folder in ["/area-1/page-1/", "/public/page-1-/"] {
                    let path = target(folder, shape, 4_000);
                    let least = steps(&few, 3, &path).await;
                    let most = steps(&many, 20, &path).await;
                    assert!(most <= least + least / 10, "{least}, then {most}: pattern {number}, {folder}{}", shape.2);
                }
            }
        }
    }

    /// All patterns match each segment. Each segment causes one look-up for each matching pattern.
    #[actix_web::test]
    async fn work_where_all_patterns_match() {
        let paths: Vec<String> = (0..1_000).map(|n| format!("\"/**/*-{n}/**\"")).collect();
        let policy = format!("[[rule]]\npaths = [{}]\naction = \"decoy\"", paths.join(","));
        let config = GuardConfig::from_toml(&policy).unwrap();
        let segments: String = (0..1_000).map(|n| format!("/a-{n}")).collect();
        let path = segments.repeat(64_000 / segments.len());
        let each = steps(&config, 3, &path).await / path.len() as u64;
        assert!(each < 400, "{each} steps for each of {} bytes", path.len());
    }

    /// Rules in observe mode and rules for other hosts are compared once for each host of an ambiguous path.
    #[actix_web::test]
    async fn work_on_an_ambiguous_path() {
        let rule = |n| {
            format!("[[rule]]\nid = \"r{n}\"\npaths = [\"/p{n}\"]\naction = \"decoy\"\nhosts = [\"h{n}.example\"]\n")
        };
        let config = GuardConfig::from_toml(&(0..1_000).map(rule).collect::<String>()).unwrap();
        let steps = steps(&config, 3, "/x/../y").await;
        assert!(steps < 1_000 * 10 + 1_000, "{steps}");
    }

    /// Texts that are repeated up to the limit, in the name or behind it. `NAME` is the protected name, or the other one.
    const NAMED_SHAPES: [&str; 29] = [
        "", "/ab", "/a", "/$", "/NAME", "NAME", ";NAME", ".NAME", "-NAME", "%2fNAME", "%09NAME", "%3FNAME", "/.",
        "/./", "/..", "..", ".", "%61", "%2561", "%25", "%", ";a=b", "/;a", "%01", "%c3%a9", "/%c3%a9", "~$", "%20",
        "%u0061",
    ];

    /// The steps and the answer of one request.
    async fn asked(config: &GuardConfig, path: &str) -> (u64, (u16, String)) {
        let app = App::new().wrap(ScannerGuard::from_config(config));
        let app = app.route("/route/{id}", web::to(HttpResponse::Ok));
        let page = || async { HttpResponse::NotFound().body("no page") };
        let app = init_service(app.default_service(web::to(page))).await;
        let (steps, answer) = counted(&app, path).await;
        let status = answer.status().as_u16();
        (steps, (status, String::from_utf8(actix_web::test::read_body(answer).await.to_vec()).unwrap()))
    }

    /// A decoy costs as much as another path of the same shape, and the application answers both. Both costs are linear in
    /// the length. A part of a word (`.bak` of `*.bak`) is searched for in decoys only: `docs/design/decoy.md`.
    #[actix_web::test]
    async fn a_decoy_costs_what_other_paths_do() {
        const EQUAL: (f64, f64) = (0.95, 1.02);
        const SEARCHED: (f64, f64) = (0.85, 5.0);
        for (pattern, hidden, other, (least, most)) in [
            ("/admin", "/admin", "/nimda", EQUAL),
            ("/shop/admin", "/shop/admin", "/shop/nimda", EQUAL),
            ("/shop/*/admin", "/shop/x/admin", "/shop/x/nimda", EQUAL),
            ("/**/admin/**", "/admin", "/nimda", EQUAL),
            ("/**/.git/**", "/.git", "/.tig", (0.95, 1.05)),
            ("/**/*.bak", "/old.bak", "/old.kab", SEARCHED),
            ("/**/*admin*", "/admins", "/nimdas", SEARCHED),
            ("/v*", "/v1", "/w1", SEARCHED),
        ] {
            let policy = format!("[[rule]]\npaths = [{pattern:?}]\naction = \"decoy\"");
            let config = GuardConfig::from_toml(&policy).unwrap();
            let mut failures = Vec::new();
            for shape in NAMED_SHAPES {
                let mut before = None;
                for length in [1_000, 5_000] {
                    let target = |path: &str| {
                        let unit = shape.replace("NAME", path.rsplit('/').next().unwrap());
                        format!("{path}{}", unit.repeat((length - path.len()) / unit.len().max(1)))
                    };
                    let (hidden, other) = (target(hidden), target(other));
                    let (decoy, answer) = asked(&config, &hidden).await;
                    let (missing, same) = asked(&config, &other).await;
                    let (each, ratio) = (decoy / hidden.len() as u64, decoy as f64 / missing as f64);
                    let shorter = *before.get_or_insert(each);
                    let is_linear = each <= shorter + shorter / 4 + 8;
                    // A few steps more for a word that is found.
                    let fits = decoy as f64 <= missing as f64 * most + 40.0 && ratio > least;
                    if answer != same || !fits || !is_linear {
                        failures.push(format!(
                            "{shape} {length}: {decoy} {missing} {ratio:.3} {shorter} {each} {answer:?}"
                        ));
                    }
                }
            }
            assert!(failures.is_empty(), "{pattern}: {failures:#?}");
        }
    }
}
