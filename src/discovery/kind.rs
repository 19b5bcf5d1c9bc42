//! The kind of a request by its target, and whether its agent names itself as a program.

/// The kind of a target, by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A browser fetches it for a page; recognized by the extension, or by the name that a framework gives its images and
    /// scripts.
    Asset,
    /// A client requests it without a link: `robots.txt`, `favicon.ico`.
    Automatic,
    /// Everything else.
    Page,
}

/// Extensions of assets, in lower case.
const ASSETS: [&[u8]; 22] = [
    b"css", b"js", b"mjs", b"map", b"png", b"jpg", b"jpeg", b"gif", b"ico", b"svg", b"webp", b"avif", b"bmp", b"woff",
    b"woff2", b"ttf", b"eot", b"otf", b"mp3", b"mp4", b"webm", b"wasm",
];

impl Kind {
    pub(super) fn of(path: &[u8]) -> Self {
        if is_automatic(path) {
            return Kind::Automatic;
        }
        // The longest extension has five letters.
        let end = &path[path.len().saturating_sub(6)..];
        let extension = end.iter().rposition(|byte| *byte == b'.').map(|dot| &end[dot + 1..]);
        let is = |extension: &[u8]| ASSETS.iter().any(|asset| asset.eq_ignore_ascii_case(extension));
        if extension.is_some_and(is) || is_generated(path) { Kind::Asset } else { Kind::Page }
    }
}

/// Whether the path is that of a generated image, style or script. Its name is in the query, or it has no extension:
/// `/_next/image` of Next.js, `/_vercel/image`, `/_image` of Astro, `/.netlify/images`, `/cdn-cgi/image/` of Cloudflare,
/// `/_ipx/` of Nuxt, `load-styles.php` and `load-scripts.php` of `WordPress`, `WebResource.axd` and `ScriptResource.axd` of
/// ASP.NET, `/javax.faces.resource/` and `/jakarta.faces.resource/` of Java Server Faces.
fn is_generated(path: &[u8]) -> bool {
    // Some sites end each path with a slash.
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let (folder, name) = path.split_at(memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1));
    // The first letter decides for most paths.
    let by_name = match name.first() {
        Some(b'i') => match name {
            b"image" => folder.ends_with(b"/_next/") || folder.ends_with(b"/_vercel/"),
            b"images" => folder.ends_with(b"/.netlify/"),
            _ => false,
        },
        Some(b'_') => name == b"_image",
        Some(b'l') => matches!(name, b"load-styles.php" | b"load-scripts.php") && folder.ends_with(b"/wp-admin/"),
        Some(b'W' | b'w') => name.eq_ignore_ascii_case(b"webresource.axd"),
        Some(b'S' | b's') => name.eq_ignore_ascii_case(b"scriptresource.axd"),
        _ => false,
    };
    let below = |name: &[u8]| memchr::memmem::find(folder, name).is_some();
    let is_faces = || [&b".xhtml"[..], b".jsf", b".faces"].iter().any(|ending| name.ends_with(ending));
    by_name
        || folder.starts_with(b"/cdn-cgi/image/")
        || folder.starts_with(b"/_ipx/")
        || (is_faces() && (below(b"/javax.faces.resource/") || below(b"/jakarta.faces.resource/")))
}

fn is_automatic(path: &[u8]) -> bool {
    let Some(name) = path.strip_prefix(b"/") else { return false };
    let is = |text: &str| name.eq_ignore_ascii_case(text.as_bytes());
    let begins = |text: &str| name.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text.as_bytes()));
    let flat = || memchr::memchr(b'/', name).is_none();
    let sitemap = || {
        let file = &name[..memchr::memchr(b'/', name).unwrap_or(name.len())];
        file.windows(4).any(|part| part.eq_ignore_ascii_case(b".xml"))
    };
    // The first letter decides for most paths.
    match name.first() {
        Some(b'r' | b'R') => is("robots.txt"),
        Some(b'a' | b'A') => is("ads.txt") || (begins("apple-touch-icon") && flat()),
        Some(b'f' | b'F') => begins("favicon") && flat(),
        Some(b'.') => begins(".well-known/"),
        Some(b's' | b'S') => begins("sitemap") && sitemap(),
        _ => false,
    }
}

/// Parts of agents that say that they are programs, by their first letters.
fn declared(first: u8) -> &'static [&'static str] {
    match first.to_ascii_lowercase() {
        b'a' => &["archiver"],
        b'b' => &["bot/"],
        b'c' => &["checker", "checklink", "crawl"],
        b'e' => &["expander"],
        b'f' => &["facebookexternalhit", "feed", "fetcher"],
        b'h' => &["health", "http://", "https://"],
        b'm' => &["mattermost", "monitor"],
        b'p' => &["pingdom", "preload", "prerender", "preview"],
        b'r' => &["rss"],
        b's' => &["slurp", "spider"],
        b'u' => &["unfurl", "uptime"],
        b'v' => &["validator"],
        b'w' => &["whatsapp"],
        _ => &[],
    }
}

/// Whether an agent names itself as a program: by a word such as `bot` or `preview`, a URL, a host, a mail address, a name
/// after `compatible;`, or the name of a bot of the catalog.
pub(crate) fn names_itself(agent: &[u8]) -> bool {
    let begins = |text: &[u8], part: &&str| {
        text.get(..part.len()).is_some_and(|text| text.eq_ignore_ascii_case(part.as_bytes()))
    };
    let has = |(at, byte): (usize, &u8)| declared(*byte).iter().any(|part| begins(&agent[at..], part));
    let is_known = || crate::catalog::claims(agent).any(|claim| claim.kind() == crate::catalog::AgentKind::Bot);
    agent.iter().enumerate().any(has)
        || has_bot(agent)
        || has_mail(agent)
        || has_host(agent)
        || is_compatible(agent)
        || is_known()
}

/// Endings of the names of hosts in agents.
const ENDINGS: [&[u8]; 9] = [b"com", b"org", b"net", b"io", b"dev", b"info", b"eu", b"de", b"ru"];

/// Whether the text has the name of a host in lower case, as in `(via translate.google.com)`. In the name of an app,
/// `com.example.app`, the ending comes first.
fn has_host(agent: &[u8]) -> bool {
    memchr::memchr_iter(b'.', agent).any(|dot| {
        let label = agent[..dot].last().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let rest = &agent[dot + 1..];
        let (ending, after) = rest.split_at(rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count());
        label && ENDINGS.contains(&ending) && after.first() != Some(&b'.')
    })
}

/// Beginnings of the text after `compatible;` in the agents of browsers.
const BROWSERS: [&[u8]; 5] = [b"msie", b"konqueror", b"windows", b"linux", b"x11"];

/// Whether the text has the name of a program as in `(compatible; Google-AMPHTML)`. Old browsers named themselves so too.
fn is_compatible(agent: &[u8]) -> bool {
    const WORD: &[u8] = b"compatible; ";
    let Some(at) = agent.windows(WORD.len()).position(|text| text.eq_ignore_ascii_case(WORD)) else { return false };
    let name = &agent[at + WORD.len()..];
    let begins = |part: &&[u8]| name.get(..part.len()).is_some_and(|start| start.eq_ignore_ascii_case(part));
    name.first().is_some_and(u8::is_ascii_alphabetic) && !BROWSERS.iter().any(begins)
}

/// Whether a word ends with `bot`.
fn has_bot(agent: &[u8]) -> bool {
    let ends = |after: &usize| agent.get(*after).is_none_or(|byte| !is_word(*byte));
    let starts = agent.windows(3).enumerate().filter(|(_, text)| text.eq_ignore_ascii_case(b"bot"));
    starts.map(|(at, _)| at + 3).any(|after| ends(&after))
}

/// Whether the text has a mail address, `a@b.c`.
fn has_mail(agent: &[u8]) -> bool {
    memchr::memchr_iter(b'@', agent).any(|at| {
        let before = at > 0 && (is_word(agent[at - 1]) || agent[at - 1] == b'.');
        let host = agent[at + 1..].iter().take_while(|byte| is_word(**byte) || **byte == b'.').count();
        let host = &agent[at + 1..at + 1 + host];
        before && host.windows(2).skip(1).any(|text| text[0] == b'.' && is_word(text[1]))
    })
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_have_kinds() {
        for (path, kind) in [
            ("/", Kind::Page),
            ("", Kind::Page),
            ("/a.html", Kind::Page),
            ("/css/site.CSS", Kind::Asset),
            ("/x.jpeg", Kind::Asset),
            ("/.woff2", Kind::Asset),
            ("/js", Kind::Page),
            ("/_next/image", Kind::Asset),
            ("/shop/_next/image", Kind::Asset),
            ("/_vercel/image", Kind::Asset),
            ("/_image", Kind::Asset),
            ("/.netlify/images", Kind::Asset),
            ("/cdn-cgi/image/width=80/https://site.example/photo", Kind::Asset),
            ("/_ipx/w_200/photos/1", Kind::Asset),
            ("/_next/image/", Kind::Asset),
            ("/_image/", Kind::Asset),
            ("/load-styles.php", Kind::Page),
            ("/w/load.php", Kind::Page),
            ("/wp-admin/load-scripts.php", Kind::Asset),
            ("/WebResource.axd", Kind::Asset),
            ("/app/ScriptResource.axd", Kind::Asset),
            ("/app/javax.faces.resource/site.css.xhtml", Kind::Asset),
            ("/app/jakarta.faces.resource/site.css.jsf", Kind::Asset),
            ("/image", Kind::Page),
            ("/gallery/images", Kind::Page),
            ("/_next/data/x.json", Kind::Page),
            ("/upload.php", Kind::Page),
            ("/site.css.xhtml", Kind::Page),
            ("/a.tar.gz", Kind::Page),
            ("/report.pdf", Kind::Page),
            ("/robots.txt", Kind::Automatic),
            ("/Robots.TXT", Kind::Automatic),
            ("/robots.txt/x", Kind::Page),
            ("/a/robots.txt", Kind::Page),
            ("/favicon-32.png", Kind::Automatic),
            ("/favicon/a.png", Kind::Asset),
            ("/favicon/a", Kind::Page),
            ("/.well-known/acme-challenge/x", Kind::Automatic),
            ("/.well-known", Kind::Page),
            ("/sitemap.xml", Kind::Automatic),
            ("/sitemap-posts.xml.gz", Kind::Automatic),
            ("/sitemap/x.xml", Kind::Page),
            ("/sitemap", Kind::Page),
            ("/ads.txt", Kind::Automatic),
            ("/apple-touch-icon.png", Kind::Automatic),
        ] {
            assert_eq!(Kind::of(path.as_bytes()), kind, "{path}");
        }
    }

    #[test]
    fn agents_name_themselves() {
        for agent in [
            "Googlebot/2.1",
            "Slackbot-LinkExpanding 1.0",
            "Twitterbot",
            "TelegramBot (like TwitterBot)",
            "Bytespider",
            "facebookexternalhit/1.1",
            "FeedFetcher",
            "Mozilla/5.0 (compatible; X/1; +https://x.example/)",
            "me@site.example",
            "kube-probe health",
            "Mozilla/5.0 (X11) Firefox/121.0,gzip(gfe) (via translate.google.com)",
            "WP Rocket/Preload",
            "mattermost-9.2.0",
            "Mozilla/5.0 (Linux) Chrome/129.0 Mobile Safari/537.36 (compatible; Google-AMPHTML)",
        ] {
            assert!(names_itself(agent.as_bytes()), "{agent}");
        }
        for agent in [
            "",
            "-",
            "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
            "curl/8.5",
            "Abbott/1",
            "a@b",
            "@x.example",
            "a@.b",
            "Mozilla/4.0 (compatible; MSIE 8.0; .NET CLR 2.0.50727; ASP.NET)",
            "com.example.android/7.1 (Linux; U; Android 13)",
            "Java/1.8.0_282",
            "okhttp/4.12.0",
            "Mozilla/4.0 (compatible;)",
            "Mozilla/5.0 (compatible)",
            "Mozilla/5.0 (compatible; Konqueror/4.5; Linux)",
        ] {
            assert!(!names_itself(agent.as_bytes()), "{agent}");
        }
    }
}
