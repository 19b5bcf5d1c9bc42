//! Requests around a protected path, sent to a real actix-web application with the guard around it.
//!
//! A handler is registered at the path that a rule protects. Each request is sent twice: from a person's address, to
//! check whether it reaches the handler, and then from a scanner's address, with which it must not. The request is made
//! from the protected path with tricks against filters: escapes in several rounds, `;`, `\`, `//`, dot segments,
//! capitals, bytes that are not UTF-8; with `NormalizePath` inside or outside of the guard, or none.

#![no_main]

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::net::SocketAddr;

use actix_scanner_guard::{GuardConfig, RequestFacts, ScannerGuard};
use actix_web::dev::Service;
use actix_web::http::Uri;
use actix_web::middleware::{Condition, NormalizePath, TrailingSlash};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, web};
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

const PERSON: &str = "203.0.113.7:4711";
const SCANNER: &str = "198.51.100.7:4711";

#[derive(Arbitrary, Debug)]
struct Input {
    /// The protected path, without the segments below it.
    pattern: Vec<Segment>,
    exact: bool,
    route: Route,
    normalize: Normalize,
    slashes: Slashes,
    request: Vec<Piece>,
}

/// One segment of the protected path.
#[derive(Arbitrary, Debug)]
enum Segment {
    Word(Word),
    /// Any text without characters that a pattern or a route reads as syntax.
    Text(String),
    /// `*` for the rule, `{name}` for the router.
    Star,
    /// `x*` for the rule, `x{name}` for the router.
    StarBehind(Word),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Word {
    A,
    Admin,
    Capital,
    Escaped,
    Accent,
    Dotted,
    Plus,
    Blank,
    Semicolon,
}

impl Word {
    fn text(self) -> &'static str {
        match self {
            Word::A => "a",
            Word::Admin => "admin",
            Word::Capital => "Keys",
            Word::Escaped => "caf%C3%A9",
            Word::Accent => "caf\u{e9}",
            Word::Dotted => "b.bak",
            Word::Plus => "a+b",
            Word::Blank => "a b",
            Word::Semicolon => "a;b",
        }
    }
}

/// The way in which the application serves the protected path.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Resource,
    /// A scope that takes everything below it.
    Scope,
    /// A scope for each segment but the last, and a resource in the innermost.
    Nested,
    /// `/**` for the rule, `/{tail:.*}` for the router.
    Tail,
    /// A handler for every path that parses the path itself, like a file server or a backend.
    Reader(Reader),
}

/// The steps of a handler before it uses the path as a name.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
struct Reader {
    /// Whether it decodes the path once more than the router.
    decode: bool,
    parameters: bool,
    backslashes: bool,
    case: bool,
    trailing: bool,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
enum Normalize {
    No,
    Inside,
    Outside,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Slashes {
    Trim,
    MergeOnly,
    Always,
}

/// A piece of the request's path.
#[derive(Arbitrary, Debug)]
enum Piece {
    /// The next segment of the protected path, with each character in one of several spellings.
    Next(Vec<Spelling>),
    Separator(Separator),
    Odd(Odd),
    Raw(u8),
    Text(String),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Spelling {
    Plain,
    OtherCase,
    Escaped,
    EscapedLower,
    Twice,
    Thrice,
    Overlong,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Separator {
    Slash,
    Slashes,
    Escaped,
    EscapedTwice,
    Backslash,
    EscapedBackslash,
    Dot,
    DotSegments,
    EscapedDotSegments,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Odd {
    Semicolon,
    Nul,
    Blank,
    DotDot,
    Dot,
    Percent,
    Plus,
    Tab,
    Star,
}

/// The protected path for the rule, the same for the router, and a path that it covers.
struct Protected {
    pattern: String,
    route: Vec<String>,
    sample: Vec<String>,
}

impl Protected {
    fn of(input: &Input) -> Option<Self> {
        let mut protected = Self { pattern: String::new(), route: Vec::new(), sample: Vec::new() };
        for (number, segment) in input.pattern.iter().take(4).enumerate() {
            let (pattern, route, sample) = match segment {
                Segment::Word(word) => (word.text().to_owned(), word.text().to_owned(), word.text().to_owned()),
                Segment::Text(text) => {
                    let special = |c: char| "/{}()|^$*?#\\[".contains(c) || c.is_control();
                    let text: String = text.chars().filter(|c| !special(*c)).take(12).collect();
                    (text.clone(), text.clone(), text)
                }
                Segment::Star => ("*".to_owned(), format!("{{n{number}}}"), "x".to_owned()),
                Segment::StarBehind(word) => {
                    let word = word.text();
                    (format!("{word}*"), format!("{word}{{n{number}}}"), format!("{word}y"))
                }
            };
            if sample.is_empty() {
                return None;
            }
            write!(protected.pattern, "/{pattern}").ok()?;
            protected.route.push(format!("/{route}"));
            protected.sample.push(sample);
        }
        (!protected.route.is_empty()).then_some(protected)
    }

    fn has_wildcard(&self) -> bool {
        self.pattern.contains('*')
    }
}

impl Spelling {
    fn write(self, c: char, path: &mut Vec<u8>) {
        let mut buffer = [0; 4];
        let bytes = c.encode_utf8(&mut buffer).as_bytes();
        let mut escape = |sign: &str, upper: bool| {
            for byte in bytes {
                let text = if upper { format!("{sign}{byte:02X}") } else { format!("{sign}{byte:02x}") };
                path.extend_from_slice(text.as_bytes());
            }
        };
        match self {
            Spelling::Escaped => escape("%", true),
            Spelling::EscapedLower => escape("%", false),
            Spelling::Twice => escape("%25", true),
            Spelling::Thrice => escape("%2525", false),
            Spelling::Overlong if c.is_ascii() => {
                path.extend_from_slice(format!("%{:02X}%{:02X}", 0xC0 | (c as u8 >> 6), 0x80 | (c as u8 & 0x3F)).as_bytes());
            }
            Spelling::OtherCase if c.is_ascii_lowercase() => path.push(c.to_ascii_uppercase() as u8),
            Spelling::OtherCase if c.is_ascii_uppercase() => path.push(c.to_ascii_lowercase() as u8),
            // Every client escapes characters that a target must not contain.
            _ if matches!(c, ' ' | '"' | '<' | '>' | '`') => escape("%", true),
            Spelling::Plain | Spelling::OtherCase | Spelling::Overlong => path.extend_from_slice(bytes),
        }
    }
}

/// The target's path, beginning with a slash.
fn target(input: &Input, protected: &Protected) -> Vec<u8> {
    let mut path = b"/".to_vec();
    let mut segments = protected.sample.iter();
    for piece in input.request.iter().take(24) {
        match piece {
            Piece::Next(spellings) => {
                let Some(segment) = segments.next() else { continue };
                let spellings = spellings.iter().copied().chain(std::iter::repeat(Spelling::Plain));
                segment.chars().zip(spellings).for_each(|(c, spelling)| spelling.write(c, &mut path));
            }
            Piece::Separator(separator) => path.extend_from_slice(match separator {
                Separator::Slash => b"/",
                Separator::Slashes => b"//",
                Separator::Escaped => b"%2F",
                Separator::EscapedTwice => b"%252f",
                Separator::Backslash => b"\\",
                Separator::EscapedBackslash => b"%5c",
                Separator::Dot => b"/./",
                Separator::DotSegments => b"/x/../",
                Separator::EscapedDotSegments => b"/x/%2e%2E/",
            }),
            Piece::Odd(odd) => path.extend_from_slice(match odd {
                Odd::Semicolon => b";v=1",
                Odd::Nul => b"%00",
                Odd::Blank => b"%20",
                Odd::DotDot => b"..",
                Odd::Dot => b".",
                Odd::Percent => b"%",
                Odd::Plus => b"+",
                Odd::Tab => b"%09",
                Odd::Star => b"*",
            }),
            Piece::Raw(byte) => path.push(*byte),
            Piece::Text(text) => path.extend(text.bytes().take(12)),
        }
    }
    // The remaining segments of the protected path follow unchanged, so that most requests come near it.
    for segment in segments {
        if !path.ends_with(b"/") {
            path.push(b'/');
        }
        segment.chars().for_each(|c| Spelling::Plain.write(c, &mut path));
    }
    path
}

thread_local! {
    static REACHED: Cell<bool> = const { Cell::new(false) };
    static RUNTIME: RefCell<actix_web::rt::Runtime> = RefCell::new(actix_web::rt::Runtime::new().expect("a runtime"));
    /// The number of requests, and the number of requests that reached the handler, which shows that the target tests
    /// something.
    static COUNTS: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

async fn protected_handler() -> HttpResponse {
    REACHED.set(true);
    HttpResponse::Ok().finish()
}

impl Reader {
    /// The segments that this handler reads in the path.
    fn read(self, tail: &str) -> Vec<String> {
        let mut text = tail.to_owned();
        if self.decode {
            text = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
        }
        if self.backslashes {
            text = text.replace('\\', "/");
        }
        let mut segments: Vec<String> = Vec::new();
        for segment in text.split('/') {
            let mut segment = if self.parameters { segment.split(';').next().unwrap_or_default() } else { segment };
            match segment {
                "" | "." => continue,
                ".." => {
                    segments.pop();
                    continue;
                }
                _ => {}
            }
            if self.trailing {
                segment = segment.trim_end_matches(['.', ' ']);
            }
            segments.push(if self.case { segment.to_ascii_lowercase() } else { segment.to_owned() });
        }
        segments
    }
}

/// Registers the handler where the rule protects it.
fn register(app: &mut web::ServiceConfig, route: Route, protected: &Protected, exact: bool) {
    let whole = protected.route.concat();
    match route {
        Route::Resource => {
            app.service(web::resource(whole).to(protected_handler));
        }
        Route::Scope => {
            app.service(web::scope(&whole).default_service(web::to(protected_handler)));
        }
        Route::Nested => {
            let (last, front) = protected.route.split_last().expect("a segment");
            let resource = web::resource(last.clone()).to(protected_handler);
            match front.split_last() {
                None => app.service(resource),
                Some((inner, outer)) => {
                    let scope = web::scope(inner).service(resource);
                    let scope = outer.iter().rev().fold(scope, |inner, path| web::scope(path).service(inner));
                    app.service(scope)
                }
            };
        }
        Route::Tail => {
            app.service(web::resource(format!("{whole}/{{tail:.*}}")).to(protected_handler));
        }
        Route::Reader(reader) => {
            let mine: Vec<String> = protected.sample.clone();
            app.service(web::resource("/{tail:.*}").to(move |tail: web::Path<String>| {
                let read = reader.read(&tail);
                let equal = |(mine, read): (&String, &String)| {
                    if reader.case { mine.eq_ignore_ascii_case(read) } else { mine == read }
                };
                let covered = read.len() >= mine.len() && mine.iter().zip(&read).all(equal);
                REACHED.set(covered && (!exact || read.len() == mine.len()));
                async { HttpResponse::Ok().finish() }
            }));
        }
    }
}

fuzz_target!(|input: Input| {
    let Some(protected) = Protected::of(&input) else { return };
    // A scope and a wildcard pattern end at different segments; the rule for a scope is written with `/**`.
    let (sign, end) = match input.route {
        Route::Tail => ("", "/**"),
        Route::Scope if protected.has_wildcard() => ("", "/**"),
        Route::Scope => ("", ""),
        _ if input.exact => ("=", ""),
        _ => ("", ""),
    };
    let exact = sign == "=" || protected.has_wildcard();
    let pattern = format!("{sign}{}{end}", protected.pattern);
    let policy = format!(
        "scanners.use = []\n[[scanners.list]]\nid = \"one\"\ncategory = \"web-reputation\"\n\
         ranges = [\"198.51.100.0/24\"]\n[[rule]]\npaths = [{}]\naction = \"block\"\n",
        toml::Value::String(pattern.clone())
    );
    let Ok(config) = GuardConfig::from_toml(&policy) else { return };
    let target = target(&input, &protected);
    let Ok(uri) = Uri::try_from(target.as_slice()) else { return };
    let slashes = match input.slashes {
        Slashes::Trim => TrailingSlash::Trim,
        Slashes::MergeOnly => TrailingSlash::MergeOnly,
        Slashes::Always => TrailingSlash::Always,
    };
    let (inside, outside) = (input.normalize == Normalize::Inside, input.normalize == Normalize::Outside);
    RUNTIME.with_borrow(|runtime| {
        runtime.block_on(async {
            let app = App::new()
                .wrap(Condition::new(inside, NormalizePath::new(slashes)))
                .wrap(ScannerGuard::from_config(&config))
                .wrap(Condition::new(outside, NormalizePath::new(slashes)))
                .configure(|app| register(app, input.route, &protected, exact));
            let app = init_service(app).await;
            let request = |from: &str| {
                let from: SocketAddr = from.parse().expect("an address");
                TestRequest::default().uri(&uri.to_string()).peer_addr(from).to_request()
            };
            REACHED.set(false);
            drop(app.call(request(PERSON)).await);
            let reached = REACHED.replace(false);
            let (sent, arrived) = COUNTS.get();
            COUNTS.set((sent + 1, arrived + u64::from(reached)));
            if (sent + 1).is_power_of_two() {
                eprintln!("{} requests, of which {} reached the handler", sent + 1, arrived + u64::from(reached));
            }
            if !reached {
                return;
            }
            drop(app.call(request(SCANNER)).await);
            assert!(!REACHED.get(), "{uri} reaches {:?} in spite of {pattern}", protected.route);
            if !outside {
                let facts = RequestFacts::new(uri.path()).peer([198, 51, 100, 7].into());
                assert!(config.decide(&facts).action().hides(), "{uri} reaches {:?} in spite of {pattern}", protected.route);
            }
        });
    });
});
