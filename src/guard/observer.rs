//! Discovery in the middleware: makes the record of a request before the application sees it, and sends it when the
//! status is known.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{HOST, HeaderName, REFERER, USER_AGENT};
use ipnet::IpNet;

use super::extract;
use crate::decision::Decision;
use crate::discovery::{Record, Recorder, Request};
use crate::live::Snapshot;
use crate::live::discovery::Tap;

/// Maximum number of policies for which a thread keeps its recorder. After a reload, the last responses of the old
/// policy are still running.
const MAX_RECORDERS: usize = 4;

thread_local! {
    /// Each worker has its own: the queue is the only shared state of a request.
    static THREAD_RECORDERS: RefCell<Vec<ThreadRecorder>> = const { RefCell::new(Vec::new()) };
    /// The address of the head of the recorded request on which this thread works; 0 for none. A second guard in the same
    /// application makes no second record, which would count as a second visit. If a middleware between both guards calls the
    /// inner one in a task of its own, there are two records. A mark in the request's extensions would allocate their
    /// table.
    static CURRENT_HEAD: Cell<usize> = const { Cell::new(0) };
}

/// The recorder for one policy, and the target of its records.
struct ThreadRecorder {
    tap: Arc<Tap>,
    recorder: Recorder,
}

/// A recorded request without a response.
pub(super) struct Watched {
    /// The address of its head, which a guard inside of this one sees as well.
    head: usize,
    record: Record,
    tap: u64,
    /// Whether the application answers, and not the guard.
    by_application: bool,
}

/// While it exists, this thread works on a recorded request.
pub(super) struct Working {
    /// The head before.
    before: usize,
}

impl Watched {
    /// Must be held while the application works on the request.
    pub(super) fn working(&self) -> Working {
        Working { before: CURRENT_HEAD.replace(self.head) }
    }

    /// The response is available.
    pub(super) fn answered(mut self, status: StatusCode) {
        self.record.answered(status.as_u16(), self.by_application);
        THREAD_RECORDERS.with_borrow(|thread_recorders| {
            if let Some(thread_recorder) =
                thread_recorders.iter().find(|thread_recorder| thread_recorder.tap.id() == self.tap)
            {
                thread_recorder.tap.send(self.record);
            }
        });
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        CURRENT_HEAD.set(self.before);
    }
}

/// Records a request, if discovery is on and its client is known.
pub(super) fn note(snapshot: &Snapshot, req: &ServiceRequest, decision: &Decision) -> Option<Watched> {
    let tap = snapshot.tap.as_ref()?;
    let address = decision.client()?;
    let head = std::ptr::from_ref(req.head()).addr();
    if CURRENT_HEAD.get() == head {
        return None;
    }
    THREAD_RECORDERS.with_borrow_mut(|thread_recorders| {
        let known = thread_recorders.iter().position(|thread_recorder| thread_recorder.tap.id() == tap.id());
        let number = known.unwrap_or_else(|| {
            if thread_recorders.len() == MAX_RECORDERS {
                thread_recorders.remove(0);
            }
            thread_recorders.push(ThreadRecorder { tap: Arc::clone(tap), recorder: tap.recorder() });
            thread_recorders.len() - 1
        });
        let record = record(&mut thread_recorders[number], req, address);
        let by_application = !decision.action().hides();
        Some(Watched { head, record, tap: tap.id(), by_application })
    })
}

fn record(thread_recorder: &mut ThreadRecorder, req: &ServiceRequest, address: IpAddr) -> Record {
    let head = req.head();
    let header = |name: HeaderName| head.headers.get(name).map(http::HeaderValue::as_bytes);
    let (time, millis) = thread_recorder.tap.now();
    let authority = head.uri.authority().filter(|_| head.uri.scheme().is_some());
    thread_recorder.recorder.record(&Request {
        host: header(HOST).or_else(|| authority.map(|authority| authority.as_str().as_bytes())),
        referer: header(REFERER),
        agent: header(USER_AGENT),
        // The thread sorts the records of a second by this value.
        tag: millis,
        ..Request::new(time, address, head.method.as_str(), extract::target(&head.uri).as_bytes())
    })
}

/// The client's address and the discovered range around it, if its requests are tagged.
pub(super) fn discovered(snapshot: &Snapshot, decision: &Decision) -> Option<(IpAddr, IpNet)> {
    let tap = snapshot.tap.as_ref()?;
    let address = decision.client()?;
    tap.discovered(address).map(|network| (address, network))
}
