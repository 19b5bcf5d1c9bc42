//! The server that is tested, and the requests to it.

use std::net::{SocketAddr, ToSocketAddrs};

use clap::Args;
use http1::Uri;

use crate::cli::failure::Failure;
use crate::testing::has_method;

#[derive(Debug, Args)]
pub(super) struct ServerArgs {
    /// The server's address without TLS, such as `http://127.0.0.1:8080`
    #[arg(long)]
    pub(super) url: Uri,

    /// The Host header [default: the URL's host]
    #[arg(long)]
    pub(super) host: Option<String>,

    /// The methods to send, in capitals [default: all]
    #[arg(long, value_delimiter = ',', value_name = "METHOD,…")]
    pub(super) methods: Vec<String>,
}

impl ServerArgs {
    /// Checks the methods.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let Some(method) = self.methods.iter().find(|method| !has_method(method)) else { return Ok(()) };
        Err(Failure::new(format!("unknown method `{method}`"))
            .help("methods are GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE, PATCH and BREW, in capitals"))
    }

    /// The socket address, and the host as a browser would send it.
    pub(super) fn address(&self) -> Result<(SocketAddr, String), Failure> {
        let url = &self.url;
        let (Some("http"), Some(authority), "/" | "") = (url.scheme_str(), url.authority(), url.path()) else {
            let help = "write the server's own address, without TLS and without a path, such as http://127.0.0.1:8080; \
                        if a proxy ends TLS, name the server behind it";
            return Err(Failure::new(format!("cannot test `{url}`")).help(help));
        };
        let name = authority.host().trim_matches(['[', ']']);
        let unknown = |error| Failure::new(format!("the address of `{name}` cannot be found: {error}"));
        let mut found = (name, authority.port_u16().unwrap_or(80)).to_socket_addrs().map_err(unknown)?;
        let server = found.next().ok_or_else(|| Failure::new(format!("`{name}` has no address")))?;
        Ok((server, authority.to_string()))
    }

    /// The error of a server that cannot be reached.
    pub(super) fn unreachable(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!("cannot reach {}: {error}", self.url))
    }
}
