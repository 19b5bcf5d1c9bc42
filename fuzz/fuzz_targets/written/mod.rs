//! Lines as nginx, Apache and Caddy write them, from any values.

use std::fmt::Write as _;
use std::net::IpAddr;

use actix_scanner_guard::access_log::{Buffer, Entry, LogFormat, Timestamp};
use arbitrary::Arbitrary;

#[derive(Arbitrary, Debug)]
pub struct Log {
    server: Server,
    requests: Vec<Request>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Server {
    /// `combined`, which is built into nginx.
    Nginx,
    /// `main` of nginx's packages, with the forwarded header.
    NginxMain,
    Apache,
    Caddy,
}

#[derive(Arbitrary, Debug)]
struct Request {
    client: IpAddr,
    user: Vec<u8>,
    seconds: u32,
    millis: u16,
    zone: i8,
    method: Vec<u8>,
    target: Vec<u8>,
    status: u16,
    bytes: u32,
    referer: Option<Vec<u8>>,
    agent: Option<Vec<u8>>,
    host: Vec<u8>,
    forwarded: Vec<Vec<u8>>,
    noise: Noise,
    /// Whether all characters outside of ASCII are escaped in JSON.
    ascii: bool,
}

/// Other members in a line of JSON.
#[derive(Arbitrary, Debug)]
enum Noise {
    Null,
    Number(f32),
    Text(String),
    List(Vec<Noise>),
    Object(Vec<(String, Noise)>),
}

impl Log {
    pub fn check(&self) {
        let (name, line): (&str, fn(&Request) -> Vec<u8>) = match self.server {
            Server::Nginx => ("combined", |request| request.combined(nginx)),
            Server::NginxMain => ("nginx-main", |request| request.nginx_main()),
            Server::Apache => ("combined", |request| request.combined(apache)),
            Server::Caddy => ("caddy", |request| request.caddy().into_bytes()),
        };
        let format: LogFormat = name.parse().expect("a known name");
        for request in self.requests.iter().take(4) {
            let line = line(request);
            assert!(!line.contains(&b'\n'), "a line is one line");
            match format.read(&line, &mut Buffer::new()) {
                Ok(entry) => request.compare(self.server, &entry),
                Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&line)),
            }
        }
    }
}

/// The value that is read from a header or a target: an empty one and `-` are `None`.
fn given(value: &[u8]) -> Option<Vec<u8>> {
    (!matches!(value, b"" | b"-")).then(|| value.to_vec())
}

impl Request {
    /// A method is a token, so it is one of these.
    fn method(&self) -> String {
        const TOKEN: &[u8] = b"GETPOSTHADabz019!#$%&'*+.^_`|~-";
        let letters = self.method.iter().take(20).map(|byte| char::from(TOKEN[usize::from(*byte) % TOKEN.len()]));
        format!("M{}", letters.collect::<String>())
    }

    fn target(&self) -> Vec<u8> {
        [b"/", self.target.as_slice()].concat()
    }

    fn status(&self) -> u16 {
        100 + self.status % 900
    }

    /// A time such as `17/May/2015:10:05:03 +0200`.
    fn common_time(&self) -> String {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let quarters = i64::from(self.zone % 56);
        let local = Timestamp::from_millis((i64::from(self.seconds) + 86_400 + quarters * 900) * 1000).to_string();
        let month = MONTHS[local[5..7].parse::<usize>().expect("a month") - 1];
        let (sign, minutes) = (if quarters < 0 { '-' } else { '+' }, quarters.unsigned_abs() * 15);
        let zone = format!("{sign}{:02}{:02}", minutes / 60, minutes % 60);
        format!("{}/{month}/{}:{} {zone}", &local[8..10], &local[..4], &local[11..19])
    }

    fn millis(&self) -> u16 {
        self.millis % 1000
    }

    /// A user name is not quoted. If there are more possible ends of it than the reader tries, the line is damaged.
    fn user(&self) -> &[u8] {
        let mut from = 0;
        for _ in 0..40 {
            match self.user[from..].windows(2).position(|pair| pair == b" [") {
                Some(at) => from += at + 1,
                None => return &self.user,
            }
        }
        &self.user[..from]
    }

    fn combined(&self, escaped: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let user = if self.user().is_empty() { b"-".to_vec() } else { escaped(self.user()) };
        let header = |value: &Option<Vec<u8>>| value.as_ref().map_or(b"-".to_vec(), |value| escaped(value));
        let mut line = format!("{} - ", self.client).into_bytes();
        line.extend(user);
        line.extend(format!(" [{}] \"{} ", self.common_time(), self.method()).into_bytes());
        line.extend(escaped(&self.target()));
        line.extend(format!(" HTTP/1.1\" {} {} \"", self.status(), self.bytes).into_bytes());
        line.extend([header(&self.referer), header(&self.agent)].join(b"\" \"".as_slice()));
        line.push(b'"');
        line
    }

    fn nginx_main(&self) -> Vec<u8> {
        let mut line = self.combined(nginx);
        line.extend_from_slice(b" \"");
        line.extend(if self.forwarded.is_empty() { b"-".to_vec() } else { nginx(&self.forwarded.join(b", ".as_slice())) });
        line.push(b'"');
        line
    }

    fn caddy(&self) -> String {
        let text = |bytes: &[u8]| json(&String::from_utf8_lossy(bytes), self.ascii);
        let mut headers = Vec::new();
        for (name, value) in [("User-Agent", &self.agent), ("Referer", &self.referer)] {
            headers.extend(value.iter().map(|value| format!("\"{name}\":[{}]", text(value))));
        }
        if !self.forwarded.is_empty() {
            let lines: Vec<_> = self.forwarded.iter().map(|line| text(line)).collect();
            headers.push(format!("\"X-Forwarded-For\":[{}]", lines.join(",")));
        }
        let mut noise = String::new();
        self.noise.write(&mut noise, 0);
        format!(
            r#"{{"level":"info","ts":{}.{:03},"noise":{noise},"request":{{"remote_ip":"127.0.0.1","client_ip":"{}","tls":{noise},"method":{},"host":{},"uri":{},"headers":{{{}}}}},"size":{},"status":{}}}"#,
            self.seconds,
            self.millis(),
            self.client,
            text(self.method().as_bytes()),
            text(&self.host),
            text(&self.target()),
            headers.join(","),
            self.bytes,
            self.status(),
        )
    }

    fn compare(&self, server: Server, entry: &Entry<'_>) {
        let caddy = matches!(server, Server::Caddy);
        // JSON is text.
        let read = |bytes: &[u8]| if caddy { String::from_utf8_lossy(bytes).into_owned().into_bytes() } else { bytes.to_vec() };
        let header = |value: &Option<Vec<u8>>| value.as_deref().and_then(given).map(|value| read(&value));
        assert_eq!(entry.client, Some(self.client.to_canonical()));
        assert_eq!(entry.method, Some(self.method().as_str()));
        let target = read(&self.target());
        assert_eq!(entry.target.map(|text| text.bytes().into_owned()).as_ref(), Some(&target));
        let path = target.split(|byte| b"?#".contains(byte)).next();
        assert_eq!(entry.path().map(|text| text.bytes().into_owned()).as_deref(), path);
        assert_eq!(entry.status, Some(self.status()));
        assert_eq!(entry.bytes, Some(u64::from(self.bytes)));
        assert_eq!(entry.referer.map(|text| text.bytes().into_owned()), header(&self.referer));
        assert_eq!(entry.agent.map(|text| text.bytes().into_owned()), header(&self.agent));
        let forwarded: Vec<_> = entry.forwarded.from_last().map(|text| text.bytes().into_owned()).collect();
        let millis = i64::from(self.seconds) * 1000;
        match server {
            Server::Caddy => {
                assert_eq!(entry.time.map(Timestamp::millis), Some(millis + i64::from(self.millis())));
                assert_eq!(entry.host.map(|text| text.bytes().into_owned()), given(&read(&self.host)));
                let lines = self.forwarded.iter().rev().filter_map(|line| given(&read(line)));
                assert_eq!(forwarded, lines.take(4).collect::<Vec<_>>());
            }
            server => {
                assert_eq!(entry.time.map(Timestamp::millis), Some(millis + 86_400_000));
                let joined = given(&self.forwarded.join(b", ".as_slice()));
                let logged = matches!(server, Server::NginxMain);
                assert_eq!(forwarded.first(), joined.as_ref().filter(|_| logged));
            }
        }
    }
}

impl Noise {
    fn write(&self, text: &mut String, depth: usize) {
        match self {
            Noise::List(values) if depth < 60 => {
                text.push('[');
                for (number, value) in values.iter().enumerate() {
                    text.push_str(if number > 0 { " , " } else { "" });
                    value.write(text, depth + 1);
                }
                text.push(']');
            }
            Noise::Object(members) if depth < 60 => {
                text.push('{');
                for (number, (key, value)) in members.iter().enumerate() {
                    let _ = write!(text, "{}{}: ", if number > 0 { "," } else { "" }, json(key, false));
                    value.write(text, depth + 1);
                }
                text.push('}');
            }
            Noise::Number(number) if number.is_finite() => {
                let _ = write!(text, "{number:e}");
            }
            Noise::Text(string) => text.push_str(&json(string, false)),
            _ => text.push_str("null"),
        }
    }
}

/// nginx writes `"`, `\` and all unprintable bytes as `\xXX`.
fn nginx(value: &[u8]) -> Vec<u8> {
    escape(value, |byte, text| {
        let plain = (0x20..0x7F).contains(&byte) && byte != b'"' && byte != b'\\';
        if plain { text.push(byte) } else { text.extend(format!("\\x{byte:02X}").into_bytes()) }
    })
}

/// Apache also uses C's escapes.
fn apache(value: &[u8]) -> Vec<u8> {
    escape(value, |byte, text| match byte {
        b'"' | b'\\' => text.extend([b'\\', byte]),
        b'\n' => text.extend(b"\\n"),
        b'\r' => text.extend(b"\\r"),
        b'\t' => text.extend(b"\\t"),
        0x08 => text.extend(b"\\b"),
        0x0B => text.extend(b"\\v"),
        0x20..0x7F => text.push(byte),
        _ => text.extend(format!("\\x{byte:02x}").into_bytes()),
    })
}

fn escape(value: &[u8], mut one: impl FnMut(u8, &mut Vec<u8>)) -> Vec<u8> {
    let mut text = Vec::with_capacity(value.len());
    value.iter().for_each(|byte| one(*byte, &mut text));
    text
}

/// A string of JSON, in quotes.
fn json(value: &str, ascii: bool) -> String {
    let mut text = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c < ' ' || c == '<' || (ascii && !c.is_ascii()) => {
                for half in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(text, "\\u{half:04x}");
                }
            }
            c => text.push(c),
        }
    }
    text.push('"');
    text
}
