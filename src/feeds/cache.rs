//! The last good copy of each list on disk, so that a start needs no network.
//!
//! A file holds a line that says what it is, a line of JSON about the copy, and the prefixes, one a line. It is written
//! beside its place and moved there, so that it is whole or not there at all. What is found and is none of ours is moved
//! aside. The folder's files can be deleted at any time, and other processes may write there at any time.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::content::Content;
use super::digest::{from_hex, hex, sum};
use super::fetch::Validators;
use super::spec::FeedSpec;

/// The first line of a file.
const MARK: &str = "actix-scanner-guard list 1";
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// A larger file is none of ours: a million prefixes take 44 bytes each at most.
const MAX_BYTES: u64 = 64 << 20;
/// Whoever writes a file is done with it, or was killed, after this time.
const LONGEST_WRITE: Duration = Duration::from_secs(60 * 60);
/// A file that another process replaces while it is opened is opened again, so often.
const ATTEMPTS: usize = 8;
/// So much of an id is part of a file's name, which may have 255 bytes.
const MAX_ID: usize = 64;

/// A copy of a list, with what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ListCopy {
    pub(crate) content: Content,
    pub(crate) validators: Validators,
    /// When the server last sent it, or last said that it is still the one.
    pub(crate) fetched_at: SystemTime,
    /// See [`Body::digest`](super::fetch::Body::digest).
    pub(crate) digest: [u8; 32],
}

/// What is said of a copy in its file. The address is there as a digest, since its query may hold a key.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    /// Of this crate.
    version: String,
    id: String,
    url_sha256: String,
    /// Of the options that it was read by, and the audience that it was taken for.
    options_sha256: String,
    etag: Option<Box<str>>,
    last_modified: Option<Box<str>>,
    /// In seconds since 1970.
    fetched_at: u64,
    /// Of the file that was fetched.
    payload_sha256: String,
    /// Of the prefixes below.
    prefixes_sha256: String,
}

/// Why a file cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// It is damaged, or none of ours.
    Foreign(Foreign),
    /// It may be good, but cannot be read.
    Io(io::Error),
}

/// A file that is none of ours: why, in words, and which file that was.
#[derive(Debug)]
pub(crate) struct Foreign {
    pub(crate) reason: String,
    seen: Option<Box<Metadata>>,
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        // Of what we wrote, all is UTF-8.
        if error.kind() == io::ErrorKind::InvalidData { foreign("it is no text") } else { Self::Io(error) }
    }
}

fn foreign(reason: impl Into<String>) -> Unusable {
    Unusable::Foreign(Foreign { reason: reason.into(), seen: None })
}

/// A folder of copies.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether anybody on the machine may write into the folder: whoever can, says who is a scanner.
    pub(crate) fn is_open_to_all(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::metadata(&self.folder).is_ok_and(|folder| folder.permissions().mode() & 0o002 != 0)
        }
        #[cfg(not(unix))]
        false
    }

    /// The copy of this list; `None` where there is none that was read by these options.
    pub(crate) fn read(&self, spec: &FeedSpec) -> Result<Option<ListCopy>, Unusable> {
        let mut seen = None;
        self.read_seen(spec, &mut seen).map_err(|error| match error {
            Unusable::Foreign(foreign) => Unusable::Foreign(Foreign { seen: seen.map(Box::new), ..foreign }),
            unreadable @ Unusable::Io(_) => unreadable,
        })
    }

    fn read_seen(&self, spec: &FeedSpec, seen: &mut Option<Metadata>) -> Result<Option<ListCopy>, Unusable> {
        let path = self.path(spec);
        let Some(text) = read(&path, seen)? else { return Ok(None) };
        let mut parts = text.splitn(3, '\n');
        let (mark, about, prefixes) = (parts.next(), parts.next(), parts.next());
        let (Some(MARK), Some(about), Some(prefixes)) = (mark, about, prefixes) else {
            return Err(foreign("it is no copy of a list"));
        };
        let about: About = serde_json::from_str(about).map_err(|error| foreign(format!("it is damaged: {error}")))?;
        if about.prefixes_sha256 != hex(&sum(prefixes.as_bytes())) {
            return Err(foreign("it is damaged: its prefixes are not those that were written"));
        }
        if (about.id.as_str(), &about.url_sha256) != (&*spec.id, &hex(&sum(spec.url.in_full().as_bytes()))) {
            return Err(foreign("it is the copy of another list"));
        }
        let wanted = spec.sha256.is_none_or(|sha256| hex(&sha256) == about.payload_sha256);
        if !wanted || about.options_sha256 != fingerprint(spec) {
            return Ok(None);
        }
        about.copy(prefixes, spec).map(Some).map_err(foreign)
    }

    /// Moves the file of this list out of the way; gives the place that it is moved to. `None` where another process has
    /// put a file of its own there meanwhile, which is good.
    pub(crate) fn set_aside(&self, spec: &FeedSpec, foreign: &Foreign) -> io::Result<Option<PathBuf>> {
        let path = self.path(spec);
        let is_it = |path: &Path| {
            let is_seen = |now: Metadata| foreign.seen.as_ref().is_none_or(|seen| is_untouched(seen, &now));
            fs::symlink_metadata(path).is_ok_and(is_seen)
        };
        if !is_it(&path) {
            return Ok(None);
        }
        let aside = path.with_extension("corrupt");
        fs::rename(&path, &aside)?;
        if is_it(&aside) {
            return Ok(Some(aside));
        }
        // It came between the look and the move. Whatever has come since is as good.
        if fs::hard_link(&aside, &path).is_ok() {
            fs::remove_file(&aside)?;
        }
        Ok(None)
    }

    /// Removes what processes that were killed have left half written.
    pub(crate) fn remove_leftovers(&self, now: SystemTime) {
        // An unreadable folder is reported when it is written to.
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let is_old = |file: Metadata| {
                let age = file.modified().ok().and_then(|modified| now.duration_since(modified).ok());
                file.is_file() && age.is_some_and(|age| age > LONGEST_WRITE)
            };
            if entry.file_name().to_str().is_some_and(is_temporary) && entry.metadata().is_ok_and(is_old) {
                // Another process may have done so.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Writes the copy of this list, all of it or nothing.
    pub(crate) fn write(&self, spec: &FeedSpec, copy: &ListCopy) -> io::Result<()> {
        create_folder(&self.folder)?;
        let path = self.path(spec);
        // A name that nobody can have put a link at.
        let chance = RandomState::new().hash_one(&path);
        let temporary = path.with_extension(format!("{chance:016x}.tmp"));
        let written = write_new(&temporary, &text(spec, copy)).and_then(|()| fs::rename(&temporary, &path));
        if written.is_err() {
            // There may be nothing to remove.
            let _ = fs::remove_file(&temporary);
            return written;
        }
        sync_folder(&self.folder)
    }

    fn path(&self, spec: &FeedSpec) -> PathBuf {
        let id = spec.id.get(..MAX_ID).unwrap_or(&spec.id);
        let digest = sum(format!("{} {}", spec.id, spec.url.in_full()).as_bytes());
        let ending = if spec.is_key_set() { "keys" } else { "list" };
        self.folder.join(format!("{id}-{}.{ending}", hex(&digest[..8])))
    }
}

impl About {
    fn of(spec: &FeedSpec, copy: &ListCopy, prefixes: &str) -> Self {
        let since_1970 = copy.fetched_at.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            version: VERSION.to_owned(),
            id: spec.id.to_string(),
            url_sha256: hex(&sum(spec.url.in_full().as_bytes())),
            options_sha256: fingerprint(spec),
            etag: copy.validators.etag.clone(),
            last_modified: copy.validators.last_modified.clone(),
            fetched_at: since_1970.as_secs(),
            payload_sha256: hex(&copy.digest),
            prefixes_sha256: hex(&sum(prefixes.as_bytes())),
        }
    }

    /// Reads the prefixes, or the keys, as any list is read, with all its guards: the file may have been tampered with.
    fn copy(self, prefixes: &str, spec: &FeedSpec) -> Result<ListCopy, String> {
        let content = Content::cached(prefixes, spec)?;
        let fetched_at = UNIX_EPOCH.checked_add(Duration::from_secs(self.fetched_at)).unwrap_or(UNIX_EPOCH);
        let digest = from_hex(&self.payload_sha256).ok_or("it is damaged: it has no digest")?;
        // Another version may read the same list in another way, so it asks for all of it.
        let is_ours = self.version == VERSION;
        let validators =
            Validators { etag: self.etag.filter(|_| is_ours), last_modified: self.last_modified.filter(|_| is_ours) };
        Ok(ListCopy { content, validators, fetched_at, digest })
    }
}

/// What a list says of itself is believed or refused by the audience, and does not stand in its copy.
fn fingerprint(FeedSpec { options, audience, .. }: &FeedSpec) -> String {
    hex(&sum(format!("{options:?} {audience:?}").as_bytes()))
}

fn text(spec: &FeedSpec, copy: &ListCopy) -> String {
    let prefixes = copy.content.to_text();
    let about = About::of(spec, copy, &prefixes);
    // Texts and a number: there is nothing in it that JSON cannot hold.
    let about = serde_json::to_string(&about).unwrap_or_default();
    format!("{MARK}\n{about}\n{prefixes}")
}

/// Whether this is the name of a file that is being written: `ID-DIGEST.CHANCE.tmp`.
fn is_temporary(name: &str) -> bool {
    let is_hex = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts = name.strip_suffix(".tmp").and_then(|name| name.rsplit_once('.'));
    let digest = parts.and_then(|(name, _)| name.rsplit_once('-'));
    parts.is_some_and(|(_, chance)| is_hex(chance)) && digest.is_some_and(|(_, digest)| is_hex(digest))
}

/// The text of a file of ours; `None` where there is no file. Links are not followed.
fn read(path: &Path, seen: &mut Option<Metadata>) -> Result<Option<String>, Unusable> {
    let Some(file) = open(path, seen)? else { return Ok(None) };
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(foreign("it is too large"));
    }
    Ok(Some(text))
}

/// Opens a regular file. What another process puts in its place meanwhile is as good.
fn open(path: &Path, seen: &mut Option<Metadata>) -> Result<Option<File>, Unusable> {
    for _ in 0..ATTEMPTS {
        let found = match fs::symlink_metadata(path) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let is_file = found.is_file();
        let found = seen.insert(found);
        if !is_file {
            return Err(foreign("it is no regular file"));
        }
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            file => file?,
        };
        if is_same(found, &file.metadata()?) {
            return Ok(Some(file));
        }
    }
    Err(Unusable::Io(io::Error::other("it is replaced again and again")))
}

/// Whether what was opened is what was looked at, and no link took its place in between.
fn is_same(seen: &Metadata, opened: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        (seen.dev(), seen.ino()) == (opened.dev(), opened.ino())
    }
    #[cfg(not(unix))]
    {
        seen.len() == opened.len()
    }
}

/// Whether a file is the one that was looked at before, and is as it was: the number of a file that is gone is given away
/// again.
fn is_untouched(seen: &Metadata, now: &Metadata) -> bool {
    is_same(seen, now) && seen.len() == now.len() && seen.modified().ok() == now.modified().ok()
}

/// For the owner alone, if it has to be made.
fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes a file that is not there yet, for the owner alone, down to the disk.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A new name is on the disk when its folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
