//! A DNS server on loopback that can give every kind of wrong answer, over UDP and TCP.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::net::xfer::Protocol;
use hickory_server::proto::op::{Header, HeaderCounts, Metadata, ResponseCode};
use hickory_server::proto::rr::rdata::{A, AAAA, CNAME, NS, PTR, SOA};
use hickory_server::proto::rr::{Name, RData, Record, RecordType};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::oneshot;

/// The reaction of the server to a question.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Answers with these records; over UDP with as many as fit.
    Records(Vec<Record>),
    /// The name has no record of this kind.
    Nothing,
    /// Answers only with this code.
    Code(ResponseCode),
    /// Refers to another server, like a server that does not have the zone.
    Referral,
    /// Sends no answer.
    Silence,
}

/// A question: the name in lower case with its last dot, and `PTR`, `A` or `AAAA`.
type Question<'a> = (&'a str, RecordType);

/// A server that answers until it is dropped.
pub(crate) struct DnsServer {
    pub(crate) address: SocketAddr,
    questions: Arc<Mutex<Vec<String>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl DnsServer {
    pub(crate) fn start(reply: impl Fn(Question<'_>) -> Reply + Send + Sync + 'static) -> Self {
        let questions = Arc::<Mutex<Vec<String>>>::default();
        let handler = Handler { reply: Box::new(reply), questions: Arc::clone(&questions) };
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let (udp, tcp) = sockets().await;
                tell.send(udp.local_addr().expect("an address")).expect("somebody who waits for it");
                let mut server = Server::new(handler);
                server.register_socket(udp);
                server.register_listener(tcp, Duration::from_secs(5), 1024);
                // The test is over.
                let _ = stopped.await;
            });
        });
        let address = told.recv().expect("an address");
        Self { address, questions, stop: Some(stop), thread: Some(thread) }
    }

    /// Answers from a zone file's lines: `name type data`.
    pub(crate) fn with_zone(zone: &str) -> Self {
        let records: Vec<Record> = zone.lines().map(str::trim).filter(|line| !line.is_empty()).map(record).collect();
        Self::start(move |(name, kind)| answer_from(&records, name, kind))
    }

    /// The questions so far: `1.2.0.192.in-addr.arpa. PTR udp`.
    pub(crate) fn questions(&self) -> Vec<String> {
        self.questions.lock().expect("no panic").clone()
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One port for both.
async fn sockets() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = udp.local_addr().expect("an address").port();
        if let Ok(tcp) = TcpListener::bind(("127.0.0.1", port)).await {
            return (udp, tcp);
        }
    }
}

/// The records of this name and kind, with the aliases on the way, like a recursive server.
pub(crate) fn answer_from(records: &[Record], name: &str, kind: RecordType) -> Reply {
    let mut name = name_of(name);
    let mut found = Vec::new();
    for _ in 0..32 {
        let of_name = records.iter().filter(|record| record.name == name);
        let wanted: Vec<Record> = of_name.clone().filter(|record| record.record_type() == kind).cloned().collect();
        let alias = of_name.clone().find_map(|record| match &record.data {
            RData::CNAME(target) => Some((record.clone(), target.0.clone())),
            _ => None,
        });
        found.extend(wanted.iter().cloned());
        match alias {
            Some((record, target)) if wanted.is_empty() => {
                found.push(record);
                name = target;
            }
            _ if !found.is_empty() => return Reply::Records(found),
            _ if of_name.clone().next().is_some() => return Reply::Nothing,
            _ => return Reply::Code(ResponseCode::NXDomain),
        }
    }
    Reply::Records(found)
}

/// A line of a zone: `crawl-1.googlebot.com. A 192.0.2.1`, with a TTL before the type or without.
pub(crate) fn record(line: &str) -> Record {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (name, ttl, kind, data) = match words[..] {
        [name, kind, data] => (name, 7200, kind, data),
        [name, ttl, kind, data] => (name, ttl.parse().expect("a TTL"), kind, data),
        _ => panic!("no record: {line}"),
    };
    let host = || name_of(data);
    let data = match (kind, IpAddr::from_str(data)) {
        ("A", Ok(IpAddr::V4(address))) => RData::A(A(address)),
        ("AAAA", Ok(IpAddr::V6(address))) => RData::AAAA(AAAA(address)),
        ("PTR", _) => RData::PTR(PTR(host())),
        ("CNAME", _) => RData::CNAME(CNAME(host())),
        _ => panic!("no record: {line}"),
    };
    Record::from_rdata(name_of(name), ttl, data)
}

struct Handler {
    reply: Box<dyn Fn(Question<'_>) -> Reply + Send + Sync>,
    questions: Arc<Mutex<Vec<String>>>,
}

impl RequestHandler for Handler {
    fn handle_request<'own, 'request, 'all, R, T>(
        &'own self,
        request: &'request Request,
        mut response_handle: R,
    ) -> Pin<Box<dyn Future<Output = ResponseInfo> + Send + 'all>>
    where
        R: ResponseHandler + 'all,
        T: Time + 'all,
        'own: 'all,
        'request: 'all,
        Self: 'all,
    {
        Box::pin(async move {
            let info = request.request_info().expect("a question");
            let (name, kind) = (info.query.name().to_string().to_lowercase(), info.query.query_type());
            let transport = if info.protocol == Protocol::Udp { "udp" } else { "tcp" };
            self.questions.lock().expect("no panic").push(format!("{name} {kind} {transport}"));
            let mut metadata = Metadata::response_from_request(info.metadata);
            let (mut answers, mut authorities) = (Vec::new(), Vec::new());
            match (self.reply)((&name, kind)) {
                Reply::Records(records) => answers = records,
                Reply::Nothing => authorities.push(soa()),
                Reply::Code(code) => {
                    metadata.response_code = code;
                    authorities.extend((code == ResponseCode::NXDomain).then(soa));
                }
                Reply::Referral => {
                    authorities.push(Record::from_rdata(
                        name_of("example."),
                        60,
                        RData::NS(NS(name_of("ns.example."))),
                    ));
                }
                Reply::Silence => return Header { metadata, counts: HeaderCounts::default() }.into(),
            }
            let builder = MessageResponseBuilder::from_message_request(request);
            let response = builder.build(metadata, &answers, &authorities, [], []);
            response_handle.send_response(response).await.expect("somebody who reads it")
        })
    }
}

/// A name with any characters except dots in its labels: RFC 2317 uses `0/25`.
fn name_of(text: &str) -> Name {
    Name::from_labels(text.split('.').filter(|label| !label.is_empty()).map(str::as_bytes)).expect("a name")
}

fn soa() -> Record {
    let name = || name_of("example.");
    Record::from_rdata(name(), 60, RData::SOA(SOA::new(name(), name(), 1, 60, 60, 60, 60)))
}
