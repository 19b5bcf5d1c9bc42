//! Serves a user's application on a port of loopback, on its own threads.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::thread;

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, HttpServer};

use crate::config::GuardConfig;

/// A server that runs until it is dropped.
pub(super) struct Serving {
    address: SocketAddr,
    handle: ServerHandle,
}

impl Serving {
    pub(super) fn start<F, T, B>(app: F, config: GuardConfig) -> Self
    where
        F: Fn(&GuardConfig) -> App<T> + Clone + Send + 'static,
        T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>
            + 'static,
        B: MessageBody + 'static,
    {
        let (sender, started) = mpsc::channel();
        thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || app(&config))
                    // The order of headers differs between workers.
                    .workers(2)
                    .disable_signals()
                    .bind_auto_h2c((Ipv4Addr::LOCALHOST, 0))
                    .expect("a free port on loopback");
                let address = server.addrs()[0];
                let server = server.run();
                // The receiver waits for this message, so it still exists.
                let _ = sender.send((address, server.handle()));
                server.await
            })
        });
        let (address, handle) = started.recv().expect("the application can be built and served");
        Self { address, handle }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Sends the command at once, without waiting for its execution.
        drop(self.handle.stop(false));
    }
}

/// Runs a future on its own thread with its own runtime.
pub(super) fn block_on<T, F>(future: impl FnOnce() -> F + Send) -> T
where
    T: Send,
    F: Future<Output = T>,
{
    thread::scope(|scope| {
        let running = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(future())
        });
        running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
