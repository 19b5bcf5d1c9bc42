//! The request that the command line describes.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::SystemTime;

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::request::Described;
use crate::util::escape::escaped;

#[derive(Debug, Args)]
pub(super) struct Request {
    /// The client's address: the peer of the connection, or with `--peer` the address in the proxy's header
    #[arg(long, value_name = "IP", required_unless_present_any = ["peer", "reference", "log_line"])]
    ip: Option<IpAddr>,

    /// The path as in the request line, or the whole URL. The query is ignored
    #[arg(long, value_name = "PATH", default_value = "/")]
    path: Target,

    /// The method of the request
    #[arg(long, default_value = "GET")]
    method: String,

    /// The host of the request [default: the URL's host, else any host]
    #[arg(long)]
    host: Option<String>,

    /// The address of the proxy that connects; without `--ip`, `--header` contains the client's address
    #[arg(long, value_name = "IP")]
    peer: Option<IpAddr>,

    /// The user agent, which may name a bot
    #[arg(long, value_name = "TEXT")]
    agent: Option<String>,

    /// A header, such as 'X-Forwarded-For: 150.70.66.183'; may be given several times
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write a name, a colon and a value")?;
    http::HeaderName::from_bytes(name.trim().as_bytes())
        .map_err(|_| format!("`{}` is not a header name: write letters, digits and `-`", name.trim()))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// A path, and the host in front of it if a whole URL was given.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    host: Option<String>,
    path: String,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
            // `OPTIONS *` asks about the server itself.
            return if text.starts_with('/') || text == "*" {
                Ok(Self { host: None, path: text.to_owned() })
            } else {
                Err(format!("the path does not begin with `/`; write `/{text}`, or the whole URL with `https://`"))
            };
        };
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err(format!("`{scheme}` is no scheme of HTTP; write a URL with `https://`, or its path"));
        }
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if host.is_empty() {
            return Err("the URL has no host; write `https://`, the host and the path".to_owned());
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { host: Some(host.to_owned()), path })
    }
}

/// `https`, but not the `/redirect?to=https` of `/redirect?to=https://…`.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

impl Request {
    /// The host that the request is for, by `--host` or by the URL.
    pub(super) fn host(&self) -> Result<Option<String>, Failure> {
        match (&self.host, &self.path.host) {
            (Some(host), Some(other)) if !host.eq_ignore_ascii_case(other) => {
                let message = format!("`--host {}` and the URL's host `{}` differ", escaped(host), escaped(other));
                Err(Failure::new(message).help("leave `--host` out, or give the path alone"))
            }
            (host, other) => Ok(host.as_ref().or(other.as_ref()).cloned()),
        }
    }

    fn agent(&self) -> Option<(String, String)> {
        Some(("user-agent".to_owned(), self.agent.clone()?))
    }

    pub(super) fn described(&self) -> Result<Described, Failure> {
        Ok(Described {
            client: self.ip,
            peer: self.peer,
            method: self.method.clone(),
            target: self.path.path.clone(),
            host: self.host()?,
            headers: self.headers.iter().cloned().chain(self.agent()).collect(),
            time: Some(SystemTime::now()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_split_into_host_and_path() {
        for (text, expected) in [
            ("/", Ok((None, "/"))),
            ("/admin?x#y", Ok((None, "/admin?x#y"))),
            ("//shop.example/admin", Ok((None, "//shop.example/admin"))),
            ("/go?to=https://shop.example/", Ok((None, "/go?to=https://shop.example/"))),
            ("*", Ok((None, "*"))),
            ("https://shop.example/admin/%2e?x", Ok((Some("shop.example"), "/admin/%2e?x"))),
            ("HTTP://shop.example:8080/admin", Ok((Some("shop.example:8080"), "/admin"))),
            ("https://shop.example", Ok((Some("shop.example"), "/"))),
            ("https://shop.example?x=/admin", Ok((Some("shop.example"), "/?x=/admin"))),
            ("https://shop.example#top", Ok((Some("shop.example"), "/#top"))),
            ("https://shop.example\\admin", Ok((Some("shop.example"), "/\\admin"))),
            ("https://user:secret@shop.example/a@b", Ok((Some("shop.example"), "/a@b"))),
            ("https://[2001:db8::7]:443/admin", Ok((Some("[2001:db8::7]:443"), "/admin"))),
            ("https://shop.example//admin", Ok((Some("shop.example"), "//admin"))),
            ("admin", Err("does not begin with `/`; write `/admin`")),
            ("shop.example/admin", Err("or the whole URL with `https://`")),
            ("shop.example:8080/admin", Err("does not begin with `/`")),
            ("?x", Err("does not begin with `/`")),
            ("", Err("does not begin with `/`")),
            (" /admin", Err("does not begin with `/`")),
            ("https:///admin", Err("no host")),
            ("https://user@/admin", Err("no host")),
            ("ftp://shop.example/admin", Err("`ftp` is no scheme of HTTP")),
            ("file:///etc/passwd", Err("`file` is no scheme of HTTP")),
            ("https:/admin", Err("does not begin with `/`")),
        ] {
            let found = text.parse::<Target>();
            match (&found, expected) {
                (Ok(target), Ok((host, path))) => {
                    assert_eq!((target.host.as_deref(), target.path.as_str()), (host, path), "{text}");
                }
                (Err(message), Err(part)) => assert!(message.contains(part), "{text}: {message}"),
                _ => panic!("{text}: {found:?}"),
            }
        }
    }
}
