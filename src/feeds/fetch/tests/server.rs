//! A server of lists on loopback that can give every kind of wrong answer. It is blocking, with one thread for each
//! connection. The integration tests use this file too.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The reaction of the server to a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Sends these bytes and closes the connection.
    Send(Vec<u8>),
    /// Sends these bytes, and then nothing until the client disconnects.
    Stall(Vec<u8>),
    /// Sends the head, and then this text repeatedly until the client disconnects.
    Endless(Vec<u8>, Vec<u8>),
    /// Resets the connection.
    Reset,
}

/// An answer with its length. The status is for example `200 OK`, and headers are sent as given.
pub(crate) fn answer(status: &str, headers: &[&str], body: &[u8]) -> Reply {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    Reply::Send([head.as_bytes(), body].concat())
}

/// A valid list.
pub(crate) fn list(body: &str) -> Reply {
    answer("200 OK", &["content-type: text/plain"], body.as_bytes())
}

/// A server that answers until it is dropped.
pub(crate) struct FeedServer {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    stopping: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl FeedServer {
    /// Answers each request by its head, in which lines end with `\r
    /// `.
    pub(crate) fn start(tls: Option<Arc<ServerConfig>>, reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (heads, stopping) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (noted, stop, reply) = (Arc::clone(&heads), Arc::clone(&stopping), Arc::new(reply));
        let accepting = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (tls, noted, reply) = (tls.clone(), Arc::clone(&noted), Arc::clone(&reply));
                thread::spawn(move || {
                    // Tests also disconnect clients.
                    let _ = connection(stream, tls, |head| {
                        noted.lock().expect("no test panics here").push(head.to_owned());
                        reply(head)
                    });
                });
            }
        });
        Self { address, heads, stopping, accepting: Some(accepting) }
    }

    pub(crate) fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://{}{path}", self.address)
    }

    /// The heads of all requests so far, in lower case.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no test panics here").iter().map(|head| head.to_lowercase()).collect()
    }
}

impl Drop for FeedServer {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the accepting thread.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

fn connection(stream: TcpStream, tls: Option<Arc<ServerConfig>>, reply: impl FnOnce(&str) -> Reply) -> io::Result<()> {
    let raw = stream.try_clone()?;
    let mut stream: Box<dyn Stream> = match tls {
        None => Box::new(stream),
        Some(config) => {
            let session = ServerConnection::new(config).map_err(io::Error::other)?;
            Box::new(StreamOwned::new(session, stream))
        }
    };
    let head = read_head(&mut stream)?;
    let reply = reply(&head);
    if matches!(reply, Reply::Reset) {
        return reset(&raw);
    }
    stream.read_exact(&mut [0])?;
    match reply {
        Reply::Reset => Ok(()),
        Reply::Send(bytes) => {
            stream.write_all(&bytes)?;
            stream.flush()
        }
        Reply::Stall(bytes) => {
            stream.write_all(&bytes)?;
            stream.flush()?;
            stream.read_to_end(&mut Vec::new()).map(drop)
        }
        Reply::Endless(head, body) => {
            stream.write_all(&head)?;
            loop {
                stream.write_all(&body)?;
            }
        }
    }
}

/// If a socket is closed with unread bytes, it sends a reset. The last byte of the request stays unread for this
/// purpose.
fn reset(raw: &TcpStream) -> io::Result<()> {
    raw.peek(&mut [0]).map(drop)
}

/// Reads up to the last byte of the head, which stays unread: see [`reset`].
fn read_head(stream: &mut impl Read) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// A proxy for `CONNECT` that forwards all connections to one address, for any requested name.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Serves one connection.
    pub(crate) fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        thread::spawn(move || -> io::Result<()> {
            let (mut client, _) = listener.accept()?;
            let head = read_head(&mut client)?;
            client.read_exact(&mut [0])?;
            noted.lock().expect("no test panics here").push(head);
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            let mut server = TcpStream::connect(target)?;
            let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
            thread::spawn(move || io::copy(&mut from_client, &mut to_server));
            io::copy(&mut server, &mut client)?;
            client.shutdown(std::net::Shutdown::Both)
        });
        Self { address, asked }
    }

    /// The heads of all requests so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no test panics here").clone()
    }
}

/// A certificate authority for tests.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

impl Authority {
    /// Each authority has its own name, which its certificates contain.
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).expect("no names");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { issuer: Issuer::new(params, key), certificate }
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        self.certificate.der().to_vec()
    }

    /// A certificate for this name that was valid until this year.
    pub(crate) fn issue(&self, name: &str, year: i32) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(year, 1, 1));
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let private = PrivatePkcs8KeyDer::from(key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private.into())
            .expect("a certificate with its key");
        Arc::new(config)
    }
}
