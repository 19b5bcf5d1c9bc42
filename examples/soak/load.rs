//! The load: the requests and the expected answers. It is a separate process, so that its memory does not count for the
//! server.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::Failure;

const CLIENTS: usize = 4;
/// The pause between two requests of a client, so that the whole machine is loaded and not only the loopback interface.
const PAUSE: Duration = Duration::from_millis(2);

/// Sends requests for this time, and returns their number.
pub(crate) fn run(server: SocketAddr, time: Duration) -> Result<usize, Failure> {
    let end = Instant::now() + time;
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|client| scope.spawn(move || ask(server, client, end))).collect();
        clients.into_iter().map(|client| client.join().map_err(|_| "a client panicked")?).sum()
    })
}

const SCANNER: &str = "150.70.66.183";
const PERSON: &str = "203.0.113.7";

/// The requests, their addresses, and the expected answers. Of the fetched list, either copy may be in service.
const REQUESTS: &[(&str, &str, &[u16])] = &[
    ("GET / HTTP/1.1\r\nhost: a", PERSON, &[200]),
    ("GET /admin HTTP/1.1\r\nhost: a", PERSON, &[200]),
    ("GET /admin/x HTTP/1.1\r\nhost: a", SCANNER, &[404]),
    ("GET /%2561dmin//x;y HTTP/1.1\r\nhost: a", SCANNER, &[404]),
    ("GET / HTTP/1.1\r\nhost: a", SCANNER, &[200]),
    ("POST /login HTTP/1.1\r\nhost: a\r\ncontent-length: 0", SCANNER, &[403]),
    ("POST /login HTTP/1.1\r\nhost: a\r\ncontent-length: 0", PERSON, &[200]),
    ("GET /watched HTTP/1.1\r\nhost: a", SCANNER, &[200]),
    ("BREW /admin HTTP/1.1\r\nhost: a", SCANNER, &[404]),
    // A forged header: the person's proxy added the last address.
    ("GET /admin HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 150.70.66.183", PERSON, &[200]),
    ("GET /admin HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 203.0.113.7", SCANNER, &[404]),
    ("GET /admin HTTP/1.1\r\nhost: a", "192.0.2.50", &[200, 404]),
    ("GET /admin HTTP/1.1\r\nhost: a", "192.0.3.50", &[200, 404]),
];

/// Sends requests until the end, on one connection after another. Returns their number.
fn ask(server: SocketAddr, client: usize, end: Instant) -> Result<usize, Failure> {
    let mut connection = TcpStream::connect(server)?;
    connection.set_nodelay(true)?;
    let mut sent = 0;
    while Instant::now() < end {
        if sent % 500 == 499 {
            connection = TcpStream::connect(server)?;
            connection.set_nodelay(true)?;
        }
        let (head, from, expected) = REQUESTS[(sent + client) % REQUESTS.len()];
        write!(connection, "{head}\r\nx-forwarded-for: {from}\r\n\r\n")?;
        let status = answer(&mut connection)?;
        if !expected.contains(&status) {
            return Err(format!("{status} for {head:?} from {from}").into());
        }
        sent += 1;
        thread::sleep(PAUSE);
    }
    Ok(sent)
}

/// Reads one answer, and returns its status.
fn answer(connection: &mut TcpStream) -> Result<u16, Failure> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let read = connection.read(&mut buffer)?;
        if read == 0 {
            return Err("the connection was closed".into());
        }
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if body.len() >= length.parse::<usize>()? {
            return Ok(head.split(' ').nth(1).unwrap_or_default().parse()?);
        }
    }
}
