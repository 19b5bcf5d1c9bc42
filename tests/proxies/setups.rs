//! The proxies, with the settings that their own manuals give for forwarding the client's address.

use std::net::SocketAddr;
use std::path::Path;

/// A program, and its arguments to run in the foreground with one configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Nginx,
    Haproxy,
    Caddy,
    Apache,
}

impl Program {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Program::Nginx => "nginx",
            Program::Haproxy => "haproxy",
            Program::Caddy => "caddy",
            Program::Apache => "apache2",
        }
    }

    /// Arguments that only print the version.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Program::Nginx | Program::Haproxy | Program::Apache => "-v",
            Program::Caddy => "version",
        }
    }

    pub(crate) fn run(self, file: &str) -> Vec<&str> {
        match self {
            Program::Nginx => vec!["-c", file],
            Program::Haproxy => vec!["-db", "-f", file],
            Program::Caddy => vec!["run", "--adapter", "caddyfile", "--config", file],
            Program::Apache => vec!["-X", "-f", file],
        }
    }
}

/// One proxy's way of forwarding the client's address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proxy {
    pub(crate) program: Program,
    /// The lines of the manual, in their place.
    pub(crate) settings: &'static str,
    /// The protocol to the upstream.
    pub(crate) upstream: Upstream,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upstream {
    Http1,
    /// HTTP/2 without TLS, by prior knowledge.
    Http2,
}

const fn nginx(settings: &'static str) -> Proxy {
    Proxy { program: Program::Nginx, settings, upstream: Upstream::Http1 }
}

const fn haproxy(settings: &'static str) -> Proxy {
    Proxy { program: Program::Haproxy, settings, upstream: Upstream::Http1 }
}

const fn caddy(settings: &'static str) -> Proxy {
    Proxy { program: Program::Caddy, settings, upstream: Upstream::Http1 }
}

const fn apache(settings: &'static str) -> Proxy {
    Proxy { program: Program::Apache, settings, upstream: Upstream::Http1 }
}

const fn over_http2(proxy: Proxy) -> Proxy {
    Proxy { upstream: Upstream::Http2, ..proxy }
}

/// The first example in the manual of `proxy_pass`: no header about the client at all.
pub(crate) const NGINX_PLAIN: Proxy = nginx("");

/// Debian's `proxy_params`.
pub(crate) const NGINX_APPENDS: Proxy = nginx(
    "proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;",
);

/// `ngx_http_realip_module`, behind another proxy.
pub(crate) const NGINX_REAL_IP: Proxy = nginx(
    "set_real_ip_from 127.0.0.1;
    real_ip_header X-Forwarded-For;
    real_ip_recursive on;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
);

/// RFC 7239, appended to the header of the client, whatever it contains.
pub(crate) const NGINX_FORWARDED: Proxy =
    nginx("proxy_set_header Forwarded \"$http_forwarded, for=\\\"$bracketed\\\";proto=$scheme\";");

pub(crate) const HAPROXY_APPENDS: Proxy = haproxy("option forwardfor");
pub(crate) const HAPROXY_HTTP2: Proxy = over_http2(HAPROXY_APPENDS);

/// The recommended setting if another proxy follows: see [`Proxy::that_refuses_drops`].
const HAPROXY_REFUSES_DROPS: Proxy = haproxy(
    "option forwardfor
    http-request deny if { req.hdr(connection) -m sub -i forward }",
);

/// Since HAProxy 2.8.
pub(crate) const HAPROXY_FORWARDED: Proxy = haproxy("option forwarded proto for");

pub(crate) const CADDY_REPLACES: Proxy = caddy("");
pub(crate) const CADDY_HTTP2: Proxy = over_http2(CADDY_REPLACES);
pub(crate) const CADDY_APPENDS: Proxy = caddy("trusted_proxies 127.0.0.1/32");

/// `mod_proxy` appends by default.
pub(crate) const APACHE_APPENDS: Proxy = apache("");

/// The address of a listener.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    Port(SocketAddr),
    Socket(&'a Path),
}

impl Proxy {
    /// HAProxy forwards `Connection: X-Forwarded-For`, and the next proxy may then drop the header. This setting
    /// refuses it.
    pub(crate) fn that_refuses_drops(self) -> Self {
        match self.program {
            Program::Haproxy => HAPROXY_REFUSES_DROPS,
            Program::Nginx | Program::Caddy | Program::Apache => self,
        }
    }

    /// Whether some versions in use do not support these settings.
    pub(crate) fn needs_newer(&self) -> bool {
        self.settings == HAPROXY_FORWARDED.settings
    }

    /// The configuration file, for a proxy that listens here and writes only into this folder.
    pub(crate) fn file(&self, listen: Place<'_>, target: Place<'_>, folder: &Path) -> String {
        match self.program {
            Program::Nginx => self.nginx_conf(listen, target, folder),
            Program::Haproxy => self.haproxy_cfg(listen, target),
            Program::Caddy => self.caddyfile(listen, target),
            Program::Apache => self.apache_conf(listen, target, folder),
        }
    }

    fn nginx_conf(&self, listen: Place<'_>, target: Place<'_>, folder: &Path) -> String {
        let folder = folder.display();
        let settings = self.settings;
        let pass = match target {
            Place::Port(address) => format!("http://{address}"),
            Place::Socket(path) => format!("http://unix:{}:", path.display()),
        };
        let listen = match listen {
            Place::Port(address) => format!("{address}{}", if mapped(address) { " ipv6only=off" } else { "" }),
            Place::Socket(path) => format!("unix:{}", path.display()),
        };
        // With one process and no master, ending the process ends all of nginx.
        format!(
            "daemon off; master_process off; pid {folder}/pid; error_log stderr;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    map $remote_addr $bracketed {{ ~: \"[$remote_addr]\"; default $remote_addr; }}
    server {{
        listen {listen};
        location / {{
    {settings}
        proxy_pass {pass};
        }}
    }}
}}
"
        )
    }

    fn haproxy_cfg(&self, listen: Place<'_>, target: Place<'_>) -> String {
        let settings = self.settings;
        let server = match target {
            Place::Port(address) => address.to_string(),
            Place::Socket(path) => format!("unix@{}", path.display()),
        };
        let listen = match listen {
            Place::Port(address) => format!("{address}{}", if mapped(address) { " v4v6" } else { "" }),
            Place::Socket(path) => format!("unix@{}", path.display()),
        };
        format!(
            "defaults
    mode http
    timeout connect 5s
    timeout client 50s
    timeout server 50s
listen front
    {settings}
    bind {listen}
    server app {server}{protocol}
",
            protocol = if self.upstream == Upstream::Http2 { " proto h2" } else { "" },
        )
    }

    fn caddyfile(&self, listen: Place<'_>, target: Place<'_>) -> String {
        let server = match target {
            Place::Port(address) => address.to_string(),
            Place::Socket(path) => format!("unix/{}", path.display()),
        };
        let settings = self.settings;
        let (host, port) = match listen {
            Place::Port(address) => (address.ip().to_string(), address.port()),
            Place::Socket(path) => (format!("unix/{}", path.display()), 80),
        };
        format!(
            "{{
    admin off
    auto_https off
}}
http://:{port} {{
    bind {host}
    reverse_proxy {server} {{
        {settings}
        {transport}
    }}
}}
",
            transport = if self.upstream == Upstream::Http2 { "transport http {\n versions h2c 2\n }" } else { "" },
        )
    }
}

impl Proxy {
    fn apache_conf(&self, listen: Place<'_>, target: Place<'_>, folder: &Path) -> String {
        let Place::Port(listen) = listen else { panic!("Apache does not listen on a socket of its own") };
        let target = match target {
            Place::Port(address) => format!("http://{address}/"),
            Place::Socket(path) => format!("unix:{}|http://localhost/", path.display()),
        };
        let (folder, settings) = (folder.display(), self.settings);
        format!(
            "ServerRoot /usr/lib/apache2
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule proxy_module modules/mod_proxy.so
LoadModule proxy_http_module modules/mod_proxy_http.so
DefaultRuntimeDir {folder}
PidFile {folder}/pid
ErrorLog /dev/stderr
ServerName site.example
Listen {listen}
{settings}
ProxyPass / {target}
"
        )
    }
}

/// Whether IPv4 clients connect through this IPv6 socket, as `::ffff:127.0.0.77`.
fn mapped(listen: SocketAddr) -> bool {
    matches!(listen, SocketAddr::V6(v6) if v6.ip().to_ipv4_mapped().is_some())
}
