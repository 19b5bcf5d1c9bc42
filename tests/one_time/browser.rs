//! A client that treats cookies and forms like a browser, and sends nothing else.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::site::{HOST, Site};

/// A response as received.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn cookies(&self) -> Vec<&str> {
        self.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str()).collect()
    }

    fn between(&self, before: &str, after: &str) -> Option<&str> {
        self.body.split_once(before)?.1.split_once(after).map(|(text, _)| text)
    }

    /// The nonce of the page's form.
    pub(crate) fn nonce(&self) -> Option<&str> {
        self.between("name=\"nonce\" value=\"", "\"")
    }

    /// The number on the page.
    pub(crate) fn number(&self) -> Option<&str> {
        self.between("<p class=\"number\">", "<")
    }

    pub(crate) fn has_form(&self) -> bool {
        self.body.contains("<form method=\"post\"")
    }

    /// Whether the page requires digits.
    pub(crate) fn asks_for_digits(&self) -> bool {
        self.body.contains("name=\"code\"")
    }
}

/// Sends bytes on a new connection.
pub(crate) async fn exchange(server: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(server).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    parse(&answer).unwrap_or_else(|| panic!("no answer to {}", String::from_utf8_lossy(bytes)))
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    Some(Answer { status, headers, body: body.to_owned() })
}

#[derive(Clone)]
pub(crate) struct Browser {
    server: SocketAddr,
    /// Name, value and path.
    jar: Vec<(String, String, String)>,
    pub(crate) keeps_cookies: bool,
    pub(crate) origin: Option<String>,
    /// The address from which the request seems to come.
    pub(crate) from: String,
    pub(crate) headers: Vec<(String, String)>,
    /// The displayed page.
    pub(crate) page: Option<Answer>,
    pub(crate) clicks: usize,
}

impl Browser {
    pub(crate) fn new(site: &Site) -> Self {
        Self {
            server: site.address,
            jar: Vec::new(),
            keeps_cookies: true,
            origin: Some(format!("https://{HOST}")),
            from: "203.0.113.7".to_owned(),
            headers: Vec::new(),
            page: None,
            clicks: 0,
        }
    }

    pub(crate) fn from(mut self, address: &str) -> Self {
        self.from = address.to_owned();
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without_cookies(mut self) -> Self {
        self.keeps_cookies = false;
        self
    }

    /// The cookies for a path.
    pub(crate) fn cookies(&self, path: &str) -> String {
        let path = path.split('?').next().unwrap();
        let covers = |own: &str| path == own || own == "/" || path.starts_with(&format!("{own}/"));
        let pairs = self.jar.iter().filter(|(_, _, own)| covers(own)).map(|(name, value, _)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn keep(&mut self, cookie: &str) {
        let mut parts = cookie.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let path = parts.find_map(|part| part.strip_prefix("Path=")).unwrap_or("/");
        self.jar.retain(|(other, _, at)| other != name || at != path);
        self.jar.push((name.to_owned(), value.to_owned(), path.to_owned()));
    }

    /// One request, with a body for a POST.
    pub(crate) async fn send(&mut self, method: &str, path: &str, body: Option<&str>) -> Answer {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {HOST}\r\nx-forwarded-for: {}\r\nconnection: close\r\n",
            self.from
        );
        let cookies = self.cookies(path);
        if !cookies.is_empty() {
            head.push_str(&format!("cookie: {cookies}\r\n"));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = body {
            if let Some(origin) = &self.origin {
                head.push_str(&format!("origin: {origin}\r\n"));
            }
            if !self.headers.iter().any(|(name, _)| name == "content-type") {
                head.push_str("content-type: application/x-www-form-urlencoded\r\n");
            }
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        let answer = exchange(self.server, format!("{head}\r\n{}", body.unwrap_or_default()).as_bytes()).await;
        if self.keeps_cookies {
            for cookie in answer.cookies() {
                self.keep(cookie);
            }
        }
        self.page = Some(answer.clone());
        answer
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    /// Sends the form of the displayed page, with these digits.
    pub(crate) async fn submit(&mut self, path: &str, digits: Option<&str>) -> Answer {
        let nonce = self.page.as_ref().and_then(Answer::nonce).unwrap_or_default();
        let digits = digits.map(|digits| format!("code={digits}&")).unwrap_or_default();
        self.clicks += 1;
        self.send("POST", path, Some(&format!("{digits}nonce={nonce}"))).await
    }

    /// Behaves like a person: reads a page, follows its text, and presses the button, until there is none.
    pub(crate) async fn follow(&mut self, site: &Site, path: &str, code: Option<&str>) -> Answer {
        for _ in 0..5 {
            let page = self.page.clone().unwrap();
            if !page.has_form() {
                break;
            }
            site.clock.pass(Duration::from_secs(3));
            let digits = page.asks_for_digits().then(|| page.number().map(str::to_owned).or(code.map(str::to_owned)));
            self.submit(path, digits.flatten().as_deref()).await;
        }
        self.page.clone().unwrap()
    }
}
