//! A request as it is described on the command line.

use std::net::IpAddr;

use clap::Args;

use super::super::request::Described;

#[derive(Debug, Args)]
pub(super) struct Request {
    /// The client's address: that of the connection, or with `--peer` the one that the proxy names in its header
    #[arg(long, value_name = "IP", required_unless_present_any = ["peer", "reference"])]
    ip: Option<IpAddr>,

    /// The path as it stands in the request line; a query is left out
    #[arg(long, default_value = "/")]
    path: String,

    /// The method
    #[arg(long, default_value = "GET")]
    method: String,

    /// The host that the request is for; without it, it may be for any
    #[arg(long)]
    pub(super) host: Option<String>,

    /// The connection's address, where a proxy stands in between; without `--ip` the client's stands in a `--header`
    #[arg(long, value_name = "IP")]
    peer: Option<IpAddr>,

    /// A header, such as 'X-Forwarded-For: 150.70.66.183'; may be given several times
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write a name, a colon and a value")?;
    http::HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| format!("`{}` is no header name", name.trim()))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

impl Request {
    pub(super) fn described(&self) -> Described {
        Described {
            client: self.ip,
            peer: self.peer,
            method: self.method.clone(),
            target: self.path.clone(),
            host: self.host.clone(),
            headers: self.headers.clone(),
        }
    }
}
