//! A redis-server that runs until it is dropped.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use actix_scanner_guard::one_time::RedisStore;
use actix_scanner_guard::redis::RedisSettings;
use tempfile::TempDir;

/// A server that does not listen after this time is broken.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
    folder: TempDir,
    arguments: Vec<String>,
}

impl Running {
    /// Starts a server on a free port; `None`, with a line on standard error, if it is not installed.
    pub(crate) fn start() -> Option<Self> {
        Self::with(&[])
    }

    pub(crate) fn with(arguments: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let child = spawn(address, folder.path(), &arguments)?;
        let mut running = Self { child, address, folder, arguments };
        running.listens();
        Some(running)
    }

    fn listens(&mut self) {
        let start = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            assert!(self.child.try_wait().unwrap().is_none(), "redis-server ended");
            assert!(start.elapsed() < PATIENCE, "redis-server does not listen");
            std::thread::yield_now();
        }
    }

    /// Like a power failure.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// With the same port and the same files.
    pub(crate) fn restart(&mut self) {
        self.child = spawn(self.address, self.folder.path(), &self.arguments).unwrap();
        self.listens();
    }

    /// The stored data, as on the disk.
    pub(crate) fn written(&self) -> String {
        let mut all = String::new();
        for entry in std::fs::read_dir(self.folder.path().join("appendonlydir")).unwrap() {
            all.push_str(&String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap()));
        }
        all
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    pub(crate) fn store(&self) -> RedisStore {
        RedisStore::new(RedisSettings::from_url(&self.url()).unwrap().response_timeout(Duration::from_secs(5))).unwrap()
    }
}

fn spawn(address: SocketAddr, folder: &Path, arguments: &[String]) -> Option<Child> {
    let started = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--port"])
        .arg(address.port().to_string())
        .arg("--dir")
        .arg(folder)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(child) => Some(child),
        Err(error) => {
            crate::skip(&format!("redis-server cannot be started: {error}"));
            None
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
