use proptest::prelude::*;

use super::*;

fn marker() -> Marker {
    Marker("[M]".into())
}

#[test]
fn one_marker_stands_in_the_middle_of_a_name() {
    for (path, segment, expected) in [
        ("/shop/admin", 1, "/shop/ad[M]min"),
        ("/admin/x.json", 0, "/ad[M]min/x.json"),
        ("//shop//admin/", 1, "//shop//ad[M]min/"),
        ("/.env", 0, "/.e[M]nv"),
        ("/.env.local", 0, "/.e[M]nv.local"),
        ("/.git/config", 0, "/.g[M]it/config"),
        ("/old.bak", 0, "/o[M]ld.bak"),
        ("/x.tar.gz", 0, "/x.t[M]ar.gz"),
        ("/wp-login.php", 0, "/wp-l[M]ogin.php"),
        ("/admin-panel", 0, "/admi[M]n-panel"),
        ("/%61dmin", 0, "/[M]%61d[M]min"),
        ("/%2561dmin", 0, "/[M]%2561d[M]min"),
        ("/%25%36%31dmin", 0, "/[M]%25%36%31d[M]min"),
        ("/%u0061dmin", 0, "/[M]%u0061d[M]min"),
        ("/admin;v=1", 0, "/ad[M]min;v=1"),
        ("/admin%3bv=1", 0, "/ad[M]min%3bv=1"),
        ("/admin%3Fx.y", 0, "/ad[M]min%3Fx.y"),
        ("/admin%20http", 0, "/ad[M]min%20http"),
        ("/admin::$DATA", 0, "/ad[M]min::$DATA"),
        ("/admin.", 0, "/ad[M]min."),
        ("/ad%09min", 0, "/a[M]d%09min"),
        ("/%C3%A9t%C3%A9", 0, "/%C3%A9[M]t%C3%A9"),
        ("/%C3%A9", 0, "/[M]%C3%A9"),
        ("/x", 0, "/[M]x"),
        ("/.x", 0, "/.[M]x"),
        ("/ab", 0, "/a[M]b"),
        ("/a-b", 0, "/a[M]-b"),
        ("/$", 0, "/[M]$"),
        ("/$$", 0, "/$[M]$"),
        ("/", 0, "/[M]"),
        ("/x", 7, "/x[M]"),
    ] {
        assert_eq!(marker().put_into(path, &Breaks::segment(segment)).path, expected, "{path}");
    }
}

/// The parts of this path that a policy with this pattern breaks.
fn breaks(pattern: &str, path: &str) -> Breaks {
    let rule = format!("[[rule]]\npaths = [\"{pattern}\"]\naction = \"decoy\"");
    let config = crate::GuardConfig::from_toml(&rule).unwrap_or_else(|error| panic!("{error}"));
    let facts = crate::RequestFacts::new(path).peer([150, 70, 66, 183].into());
    config.decide(&facts).into_matched().expect("a scanner's request").breaks
}

#[test]
fn what_a_wildcard_matches_is_broken_where_its_own_letters_are() {
    let put = |pattern: &str, path: &str| marker().put_into(path, &breaks(pattern, path)).path;
    for (pattern, path, expected) in [
        ("/**/*.bak", "/x/old.bak", "/x/old.b[M]ak"),
        ("/**/*.bak", "/x/old.bak;v=1.0", "/x/old.b[M]ak;v=1.0"),
        ("/**/*.bak", "/x/old.bak;x.bak", "/x/old.b[M]ak;x.b[M]ak"),
        ("/**/*.bak", "/x/%6fld.bak", "/x/[M]%6fld.b[M]ak"),
        ("/**/*.c", "/x/a.c", "/x/a.[M]c"),
        ("/**/*bak", "/x/oldbak", "/x/oldb[M]ak"),
        ("/**/*~", "/x/config~", "/x/config~[M]"),
        ("/**/*k", "/x/old.bak", "/x/old.bak[M]"),
        ("/**/.e*", "/x/.env", "/x/.[M]env"),
        ("/**/.e*", "/x/.env.local", "/x/.[M]env.local"),
        ("/**/*admin*", "/my-admin.json", "/my-ad[M]min.json"),
        ("/**/*admin*", "/administratorzone", "/ad[M]ministratorzone"),
        ("/**/*admin*", "/xADMINadmin", "/xAD[M]MINad[M]min"),
        ("/**/*aa*", "/baaab", "/ba[M]a[M]ab"),
        ("/**/*admin*", "/x%2fmyadmin", "/[M]x%2fmya[M]d[M]min"),
        ("/wp-*.php", "/wp-login.php", "/w[M]p-login.php"),
        ("/wp-*-old", "/wp-login-old", "/w[M]p-login-o[M]ld"),
        ("/shop/v*", "/shop/v1", "/shop/[M]v1"),
        ("/shop/*a*", "/shop/bab", "/sh[M]op/bab"),
        ("/**/*.bak", "/x/%C3%A9.bak", "/x/[M]%C3%A9[M].[M]b[M]a[M]k"),
        ("/**/*.bak", "/x/old.b%01ak", "/x/[M]o[M]l[M]d[M].[M]b[M]%01[M]a[M]k"),
        ("/x", "/x%20HTTP/1.1", "/[M]x%20HTTP/1.1"),
        ("/x", "/x%3Fabcdefgh", "/[M]x%3Fabcdefgh"),
        ("/x", "/x%00abcdefgh", "/[M]x%00abcdefgh"),
        ("/x", "/x%0aabcdefgh", "/[M]x%0aabcdefgh"),
        ("/x", "/x%81ab", "/[M]x%81[M]a[M]b"),
        ("/*b", "/a%01b", "/[M]a[M]%01[M]b[M]"),
        ("/x", "/x::$DATA", "/[M]x::$DATA"),
        ("/x", "/http:x", "/http:[M]x"),
        ("/admin", "/admin%3Fabcdefghijklmnopqrst", "/ad[M]min%3Fabcdefghijklmnopqrst"),
        ("/admin", "/admin/..", "/ad[M]min/.."),
        ("/admin", "/nimda/..", "/ni[M]mda/.."),
        ("/admin", "/nimda/x/..;/y", "/nimda/[M]x/..;/y"),
        ("/**/_*", "/x/_old", "/x/[M]_old"),
        ("/**/%2E*", "/x/.env", "/x/[M].env"),
        ("/**/v*", "/x%2fv1", "/[M]x%2f[M]v[M]1"),
    ] {
        assert_eq!(put(pattern, path), expected, "{pattern} on {path}");
    }
}

#[test]
fn every_word_is_broken_where_nothing_is_known() {
    for (path, expected) in [
        ("/api/admin", "/a[M]pi/ad[M]min"),
        ("/a%2fadmin", "/[M]a%2fad[M]min"),
        ("/a;b/..%5cadmin", "/[M]a;[M]b/[M]..%5cad[M]min"),
        ("/x/..", "/[M]x/[M].."),
        ("/x/.", "/[M]x/."),
        ("/..", "/[M].."),
        ("/$", "/[M]$"),
        ("/old.bak", "/o[M]ld.b[M]ak"),
        ("/", "/[M]"),
    ] {
        assert_eq!(marker().put_into(path, &Breaks::everything()).path, expected, "{path}");
    }
}

#[test]
fn what_surrounds_a_marker_is_what_no_escaping_changes() {
    let marked = marker().put_into("/%61dmin/x", &Breaks::segment(0));
    let place = |left: &str, right: &str, signs| Place { left: left.into(), right: right.into(), signs };
    let places = [place("", "", *b"/a"), place("d", "min", *b"a/")];
    assert_eq!(*marked.places, places);
    // Of two markers in one word, each ends at the beginning of the other.
    let marked = marker().put_into("/x/myadminadmin", &breaks("/**/*admin*", "/x/myadminadmin"));
    assert_eq!(*marked.places, [place("myad", "minad", *b"/["), place("minad", "min", *b"[/")]);
}

/// The path that the application sees for a decoy of this path, with these patterns.
fn decoyed(patterns: &str, path: &str) -> Option<String> {
    let rule = format!("[[rule]]\npaths = [{patterns}]\naction = \"decoy\"");
    let config = crate::GuardConfig::from_toml(&rule).unwrap_or_else(|error| panic!("{error}"));
    let facts = crate::RequestFacts::new(path).peer([150, 70, 66, 183].into());
    let decision = config.decide(&facts);
    let is_decoyed = decision.action() == crate::Action::Decoy;
    let breaks = decision.into_matched().filter(|_| is_decoyed)?.breaks;
    Some(Marker("zq1q2q3q4z".into()).put_into(path, &breaks).path)
}

/// A path without segments still gets a broken segment.
#[test]
fn the_root_under_patterns_without_a_word() {
    for pattern in ["/", "/**", "/**/*", "/*"] {
        for path in ["/", "//", "/."] {
            let decoyed = decoyed(&format!("\"{pattern}\""), path);
            assert!(decoyed.is_none_or(|decoy| decoy != path && decoy.contains("zq1q2q3q4z")), "{pattern} on {path}");
        }
    }
    assert_eq!(decoyed("\"/**\"", "/").as_deref(), Some("/zq1q2q3q4z"));
    assert_eq!(decoyed("\"/*\"", "/").as_deref(), Some("/zq1q2q3q4z"));
}

/// All variants of a path that a handler may compute: as sent, decoded once and twice, in lower case.
fn read(path: &str) -> impl Iterator<Item = String> {
    let decode = |path: &String| percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
    std::iter::successors(Some(path.to_owned()), move |path| Some(decode(path))).take(3).map(|path| path.to_lowercase())
}

proptest! {
    /// No handler finds the protected word by searching the path, by its beginning or end, or by splitting it; and
    /// no rule covers the rewritten path.
    #[test]
    fn no_handler_reads_the_protected_word(
        (pattern, word, name) in prop_oneof![
            Just(("/secret", "secret", "secret")),
            Just(("/open/secret", "secret", "secret")),
            Just(("/**/secret/**", "secret", "secret")),
            Just(("/open/**/secret/**", "secret", "secret")),
            Just(("/**/*.secret", ".secret", "b.secret")),
            Just(("/**/secret-*", "secret-", "secret-b")),
            Just(("/**/*-secret", "-secret", "b-secret")),
            Just(("/**/secret.php", "secret.php", "secret.php")),
            Just(("/secret/*", "secret", "secret")),
            Just(("/**/*secret*", "secret", "xsecretariat")),
            Just(("/secre*", "secre", "secretary")),
            Just(("/**/s*cret-*", "cret-", "secret-b")),
            Just(("/**/.secret*", ".secret", ".secrets")),
        ],
        front in "(/|/open|/open/|/\\./|/open/\\.|/x;y|/open/[a-d]{1,3}){0,2}",
        spelling in prop_oneof![Just(0), Just(1), Just(2), Just(3)],
        decoration in "(;v=1|\\.|%20|%00|;|)",
        tail in "(/[a-d.;$]{0,3}|%2f[a-d]|/\\.\\./x|/secret|%5cx){0,2}",
    ) {
        let escape = |text: &str, percent: &str| {
            text.bytes().enumerate().map(|(at, byte)| {
                if at % 2 == 1 { char::from(byte).to_string() } else { format!("{percent}{byte:02x}") }
            }).collect::<String>()
        };
        let name = match spelling {
            0 => name.to_owned(),
            1 => escape(name, "%"),
            2 => escape(name, "%25"),
            _ => name.to_uppercase(),
        };
        let path = format!("{front}/{name}{decoration}{tail}");
        let Some(rewritten) = decoyed(&format!("\"{pattern}\""), &path) else { return Ok(()) };
        for read in read(&rewritten) {
            for part in read.split(['/', '.', ';', '\\']) {
                prop_assert!(part != word && !part.starts_with(word), "{part} in {read} of {path} under {pattern}");
            }
            prop_assert!(!read.contains(word) && !read.ends_with(word), "{read} of {path} under {pattern}");
        }
        let again = decoyed(&format!("\"{pattern}\""), &rewritten);
        prop_assert!(again.is_none() || rewritten.contains(".."), "{rewritten} of {path} is covered by {pattern} still");
    }
}

proptest! {
    /// No rule covers the rewritten path, except patterns that cover every name.
    #[test]
    fn no_pattern_covers_the_rewritten_path(
        patterns in prop::collection::vec("(/(\\*\\*|\\*|ab|ab\\*|a\\*|\\*b|a\\*b|\\*ab\\*|\\*\\.ab|\\.ab\\*|ab\\*\\.ba)){1,3}", 1..3),
        path in "(/(ab|\\.ab|aab|abab|b\\.ab|ab\\.ba|a;\\.ab|%61b|ab%2fab|a%01b|%C3%A9ab|[ab.]{1,3}|\\.\\.)){1,4}",
    ) {
        let list = patterns.iter().map(|pattern| format!("\"{pattern}\"")).collect::<Vec<_>>().join(", ");
        let Some(rewritten) = decoyed(&list, &path) else { return Ok(()) };
        let covers_always = patterns.iter().any(|pattern| pattern.bytes().all(|byte| b"/*".contains(&byte)));
        let again = decoyed(&list, &rewritten);
        prop_assert!(
            again.is_none() || covers_always || rewritten.contains(".."),
            "{rewritten} of {path} is covered by {list} still"
        );
    }
}

proptest! {
    /// Without the markers, the text is the path, and decoding both gives the same characters.
    #[test]
    fn nothing_but_the_marker_is_added(
        path in "(/[a-z0-9.;~$-]{0,4}(%[0-9a-fA-F]{2}|%|%4|%25)?[a-z]{0,3}){0,6}",
        segment in 0usize..4,
        everything in any::<bool>(),
    ) {
        let breaks = if everything { Breaks::everything() } else { Breaks::segment(segment) };
        let marked = Marker("zQz".into()).put_into(&path, &breaks).path;
        prop_assert_eq!(marked.replace("zQz", ""), path.as_str());
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let mut texts = (path.clone(), marked);
        for _ in 0..3 {
            texts = (decode(&texts.0), decode(&texts.1));
            prop_assert_eq!(texts.1.replace("zQz", ""), texts.0.replace("zQz", ""));
        }
    }
}
