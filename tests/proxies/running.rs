//! A proxy that runs until it is dropped.

use std::fs::File;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::setups::{Place, Program, Proxy};

/// A proxy that does not listen after this time is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// Another program may take a port between the check that it is free and the start of the proxy.
const ATTEMPTS: usize = 5;

/// A proxy, with the folder of all its files.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
    _folder: TempDir,
}

impl Running {
    /// Starts a proxy on a free port of this address of loopback.
    pub(crate) fn start(proxy: &Proxy, host: IpAddr, target: Place<'_>) -> Result<Self, String> {
        let program = find(proxy.program).ok_or_else(|| format!("{} is not installed", proxy.program.name()))?;
        let mut reason = String::new();
        for _ in 0..ATTEMPTS {
            match Self::attempt(&program, proxy, free_port(host), None, target) {
                Ok(running) => return Ok(running),
                Err(error) => reason = error,
            }
        }
        Err(reason)
    }

    /// Starts a proxy that listens on this Unix socket and on no port.
    pub(crate) fn start_on_socket(proxy: &Proxy, socket: &Path, target: Place<'_>) -> Result<Self, String> {
        let program = find(proxy.program).ok_or_else(|| format!("{} is not installed", proxy.program.name()))?;
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        Self::attempt(&program, proxy, nowhere, Some(socket), target)
    }

    fn attempt(
        program: &Path,
        proxy: &Proxy,
        address: SocketAddr,
        socket: Option<&Path>,
        target: Place<'_>,
    ) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let listen = socket.map_or(Place::Port(address), Place::Socket);
        let file = folder.path().join("settings");
        std::fs::write(&file, proxy.file(listen, target, folder.path())).unwrap();
        let output = folder.path().join("output");
        let child = Command::new(program)
            .args(proxy.program.run(file.to_str().unwrap()))
            .env("HOME", folder.path())
            .env("XDG_DATA_HOME", folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&output).unwrap())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let mut running = Self { child, address, _folder: folder };
        running
            .listens(socket)
            .map_err(|why| format!("{why}: {}", std::fs::read_to_string(&output).unwrap_or_default()))?;
        Ok(running)
    }

    /// Waits until a connection is accepted. If nobody listens, loopback refuses at once, so the connection is tried
    /// repeatedly.
    fn listens(&mut self, socket: Option<&Path>) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Err(format!("ended with {status}"));
            }
            let connected = match socket {
                Some(socket) => UnixStream::connect(socket).is_ok(),
                None => TcpStream::connect(self.address).is_ok(),
            };
            if connected {
                return Ok(());
            }
            std::thread::yield_now();
        }
        Err(format!("does not listen on {}", self.address))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which the test must notice.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port(host: IpAddr) -> SocketAddr {
    TcpListener::bind((host, 0)).unwrap().local_addr().unwrap()
}

/// The program's path. On Debian, some of these are only in root's `PATH`.
pub(crate) fn find(program: Program) -> Option<PathBuf> {
    let runs = |path: &PathBuf| {
        let version = Command::new(path).arg(program.version()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    };
    [PathBuf::from(program.name()), Path::new("/usr/sbin").join(program.name())].into_iter().find(runs)
}

/// Reports a missing program. In CI, which installs all of them and sets this variable, it fails the test.
pub(crate) fn skip(reason: &str) {
    assert!(std::env::var_os("SCANNER_GUARD_TEST_PROGRAMS").is_none(), "{reason}");
    eprintln!("skipped, since {reason}");
}
