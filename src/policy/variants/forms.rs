//! The paths that layers read in one text: unchanged, without the parts that they drop, and up to the places where they
//! end it.

use super::fold;
use super::{Ambiguity, PathVariant, PathVariants, SENT_SLASH};
use crate::util::work;

impl PathVariants {
    /// Adds all forms of a text of a request's path.
    pub(super) fn add_forms(&mut self, text: &[u8]) {
        self.add_forms_of(&fold::folded(text));
        for other in fold::other_forms(text) {
            self.add_forms_of(&other);
        }
    }

    /// Adds the forms of a pattern's text.
    pub(super) fn add_pattern_forms(&mut self, text: &[u8]) {
        let text = fold::folded(text);
        self.add_form(&text, 0, Keep::Everything);
        self.add_form(&text, 0, Keep::Name);
    }

    fn add_forms_of(&mut self, text: &str) {
        let signs = Signs::of(text);
        self.add_form(text, 0, Keep::Everything);
        let starts = signs.starts.iter().copied().chain((!signs.is_plain).then_some(0));
        for start in starts {
            let ends = signs.ends.iter().copied().filter(|end| *end > start);
            for end in ends.chain([text.len()]) {
                self.add_decorated(&text[..end], start, &signs);
            }
        }
    }

    fn add_decorated(&mut self, text: &str, start: usize, signs: &Signs) {
        self.add_form(text, start, Keep::Name);
        if signs.has_control {
            self.add_form(text, start, Keep::BeforeControl);
        }
        if signs.has_plus {
            // A blank, for decoders of forms.
            self.add_form(&text.replace('+', " "), start, Keep::Name);
        }
    }

    /// Adds the path in a text, from this byte on.
    fn add_form(&mut self, text: &str, start: usize, keep: Keep) {
        work::count(text.len());
        let mut path = String::with_capacity(text.len() + 1);
        let mut sources = Vec::new();
        let (mut source, mut is_empty, mut at) = (0, true, 0);
        loop {
            let rest = &text[at..];
            let length = rest.bytes().position(|byte| keep.separates(byte)).unwrap_or(rest.len());
            let segment = &rest[..length];
            is_empty &= segment.is_empty();
            if at >= start || at + length > start {
                let segment = &text[at.max(start)..at + length];
                let front = path.len();
                path.push('/');
                keep.push(segment, &mut path);
                if is_parent(&path[front + 1..]) || is_parent(segment) {
                    self.ambiguity.get_or_insert(Ambiguity::DotDot);
                }
                if keep != Keep::Everything {
                    // Windows opens `admin.` and `admin ` as `admin`; a lone `.` is the folder itself everywhere.
                    path.truncate(path.trim_end_matches(['.', ' ']).len());
                }
                if path.len() > front + 1 {
                    sources.push(source);
                } else {
                    path.truncate(front);
                }
            }
            let Some(separator) = rest.as_bytes().get(length) else { break };
            if *separator == SENT_SLASH {
                source += usize::from(!is_empty);
                is_empty = true;
            } else {
                is_empty = false;
            }
            at += length + 1;
        }
        if path.is_empty() {
            path.push('/');
        }
        self.add(PathVariant { path, sources });
    }
}

/// The parts of a segment that are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Everything,
    /// The parts that lenient layers keep: no control characters, no blanks around, nothing from `;`, `::$DATA` or
    /// `:$i30` on, no tickets.
    Name,
    /// Like [`Name`](Self::Name), up to the first control character.
    BeforeControl,
}

impl Keep {
    fn separates(self, byte: u8) -> bool {
        work::count(1);
        byte == SENT_SLASH || byte == b'/' || (byte == b'\\' && self != Keep::Everything)
    }

    fn push(self, segment: &str, path: &mut String) {
        if self == Keep::Everything {
            path.push_str(segment);
            return;
        }
        let is_control = |c: char| c.is_ascii() && fold::is_control(c as u8);
        let mut name = segment;
        if self == Keep::BeforeControl {
            name = name.split(is_control).next().unwrap_or(name);
        }
        name = name.split(';').next().unwrap_or(name);
        if let Some(stream) = name.find("::").into_iter().chain(name.find(":$")).min() {
            name = &name[..stream];
        }
        name = name.trim_matches(|c| c == ' ' || is_control(c));
        if is_tickets(name) {
            return;
        }
        path.extend(name.chars().filter(|c| !is_control(*c)));
    }
}

/// Whether the segment consists of the tickets of a session without cookies, which ASP.NET removes from a path:
/// `(S(x))`, `(A(x)F(y))`.
fn is_tickets(segment: &str) -> bool {
    let tickets = segment.strip_prefix('(').and_then(|rest| rest.strip_suffix("))"));
    let is_ticket =
        |ticket: &str| ticket.split_once('(').is_some_and(|(kind, value)| kind.len() == 1 && !value.contains('('));
    tickets.is_some_and(|tickets| tickets.split(')').all(is_ticket))
}

/// Whether a layer may read the segment as `..`: dots, with only blanks and dots after the second.
fn is_parent(segment: &str) -> bool {
    let Some(rest) = segment.trim_start_matches(' ').strip_prefix("..") else { return false };
    rest.is_empty() || (rest.starts_with(' ') && rest.bytes().all(|byte| b" .".contains(&byte)))
}

/// The parts of a folded text that some layers treat specially.
struct Signs {
    /// Whether it contains nothing that any layer drops.
    is_plain: bool,
    has_control: bool,
    has_plus: bool,
    /// The places at which some layer ends the path: the first of each of these signs.
    ends: Vec<usize>,
    /// The beginnings of the path for a layer that reads it as a URL, or as a URL without its scheme.
    starts: Vec<usize>,
}

impl Signs {
    fn of(text: &str) -> Self {
        work::count(text.len());
        let mut signs =
            Self { is_plain: true, has_control: false, has_plus: false, ends: Vec::new(), starts: Vec::new() };
        let mut firsts = [None; 8];
        for (at, byte) in text.bytes().enumerate() {
            let end = match byte {
                b'?' => 0,
                b'#' => 1,
                b';' => 2,
                b'\0' => 3,
                b'\t' => 4,
                b'\n' => 5,
                b'\r' => 6,
                byte if fold::is_control(byte) => 7,
                b'\\' | b'.' | b' ' | b'+' | b':' | b'(' => {
                    signs.is_plain = false;
                    signs.has_plus |= byte == b'+';
                    continue;
                }
                _ => continue,
            };
            signs.is_plain = false;
            signs.has_control |= end >= 3;
            firsts[end].get_or_insert(at);
        }
        if !signs.is_plain {
            // A request line written by hand: `/admin%20HTTP/1.1`.
            let version = text.find(" http").filter(|at| is_slash(text.as_bytes().get(at + " http".len())));
            signs.ends = firsts.into_iter().flatten().chain(version).collect();
        }
        signs.starts = starts(text);
        signs
    }
}

/// `Url::join` reads `//host/admin` as another host's `/admin`, and so it reads `/\host/admin`, `http://host/admin`,
/// `http:admin`.
fn starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let slashes = |from: usize| bytes[from..].iter().take_while(|byte| is_slash(Some(byte))).count();
    let dropped = bytes.iter().take_while(|byte| is_slash(Some(byte)) || fold::is_control(**byte) || **byte == b' ');
    let front = dropped.count();
    let word = bytes[front..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
    let has_scheme = word > 0 && bytes.get(front + word) == Some(&b':');
    let host = if has_scheme { front + word + 1 } else { 0 };
    let mut starts = Vec::new();
    if has_scheme {
        starts.push(host);
    }
    let names_host = slashes(host);
    if names_host >= 2 {
        let host = host + names_host;
        let end = bytes[host..].iter().position(|byte| is_slash(Some(byte))).map(|length| host + length);
        starts.extend(end.filter(|end| is_backend(&text[host..*end])));
    }
    starts
}

fn is_slash(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| b"/\\".contains(byte) || *byte == SENT_SLASH)
}

/// Whether an application may have a backend with this name: `backend:8080`, `localhost`, `10.0.0.5`,
/// `api.svc.cluster.local`. A name on the public Internet leads to another server.
fn is_backend(host: &str) -> bool {
    let is_address = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_private = [".local", ".internal", ".localhost"].iter().any(|end| host.ends_with(end));
    is_address || is_private || host.contains([':', '@']) || !host.contains('.')
}
