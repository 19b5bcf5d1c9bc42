//! `--reverse-names`: queries DNS for the names of addresses at a limited rate, and writes each answer to a file at once.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::names::{Known, KnownNames, lines};
use crate::cli::failure::Failure;
use crate::identity::reverse_names::Settings;
use crate::identity::reverse_names::look_up::{look_up, resolver};
use crate::identity::reverse_names::outcome::Names;
use crate::identity::reverse_names::vendors::may_be_vendors;
use crate::util::escape::escaped;

/// Maximum number of lookups at the same time.
const AT_ONCE: usize = 32;

/// The file for the answers, if the command line names none.
pub(super) fn default_file() -> Option<PathBuf> {
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let caches = of("XDG_CACHE_HOME").or_else(|| Some(of("HOME")?.join(".cache"))).or_else(|| of("LOCALAPPDATA"))?;
    Some(caches.join("scanner-guard").join("reverse-names.txt"))
}

/// The file to which answers are added.
pub(super) struct AnswerFile(File);

impl AnswerFile {
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let open = || {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
            // If the command was ended while it wrote a line, this line has no end. The next answer begins a new line.
            let mut last = [b'\n'];
            if file.seek(SeekFrom::End(-1)).is_ok() {
                file.read_exact(&mut last)?;
            }
            if last != [b'\n'] {
                file.write_all(b"\n")?;
            }
            Ok(Self(file))
        };
        open().map_err(|error| Failure::unwritable(escaped(&path.to_string_lossy()), &error))
    }

    fn add(&mut self, address: IpAddr, known: &Known) -> std::io::Result<()> {
        self.0.write_all(lines(address, known).as_bytes())
    }
}

/// Looks up the names of these addresses that are not known yet. Begins `rate` lookups per second.
pub(super) fn ask(
    addresses: &[IpAddr],
    known: &mut KnownNames,
    kept: &mut AnswerFile,
    settings: &Settings,
    rate: u32,
    progress: &dyn Fn(u64),
) -> Result<(), Failure> {
    let now = SystemTime::now();
    let unknown: Vec<IpAddr> = addresses.iter().copied().filter(|address| !known.has(*address, now)).collect();
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(format!("cannot query DNS: {}", escaped(&error.to_string())))
            .help("name a DNS server with `--resolver`, or leave `--reverse-names` out")
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
    runtime.map_err(|error| failed(&error))?.block_on(async {
        let resolver = resolver(settings).map_err(|error| failed(&error))?;
        let mut clock = interval(Duration::from_secs(1) / rate.max(1));
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut questions: JoinSet<(IpAddr, Names)> = JoinSet::new();
        let mut waiting = unknown.into_iter();
        loop {
            let next = if questions.len() < AT_ONCE { waiting.next() } else { None };
            if let Some(address) = next {
                clock.tick().await;
                let (resolver, limit) = (resolver.clone(), settings.timeout);
                questions.spawn(async move { (address, look_up(&resolver, address, limit, may_be_vendors).await.0) });
                if questions.len() < AT_ONCE {
                    continue;
                }
            }
            let Some(answer) = questions.join_next().await else { return Ok(()) };
            let Ok((address, names)) = answer else { continue };
            let answer = Known { names, asked: Some(SystemTime::now()) };
            kept.add(address, &answer)
                .map_err(|error| Failure::new(format!("cannot write an answer to the file of names: {error}")))?;
            known.put(address, answer);
            progress(1);
        }
    })
}
