//! A copy of a list, and its text in a file: a line with the type of the file, a line of JSON about the copy, and the
//! prefixes, one a line.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::feeds::content::Content;
use crate::feeds::digest::{from_hex, hex, sum};
use crate::feeds::fetch::Validators;
use crate::feeds::spec::FeedSpec;

/// The first line of a file.
const MARK: &str = "actix-scanner-guard list 1";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A copy of a list with its metadata.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ListCopy {
    pub(crate) content: Content,
    pub(crate) validators: Validators,
    /// When the server last sent it, or last confirmed it.
    pub(crate) fetched_at: SystemTime,
    /// See [`Body::digest`](crate::feeds::fetch::Body::digest).
    pub(crate) digest: [u8; 32],
}

/// The JSON about a copy. It contains the URL as a digest, since a URL may contain a key.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    /// The version of this crate.
    version: String,
    id: String,
    url_sha256: String,
    /// The digest of the parse options and of the audience.
    options_sha256: String,
    etag: Option<Box<str>>,
    last_modified: Option<Box<str>>,
    /// In seconds since 1970.
    fetched_at: u64,
    /// The digest of the fetched file.
    payload_sha256: String,
    /// The digest of the prefixes below.
    prefixes_sha256: String,
}

impl ListCopy {
    /// The copy in the text of a file. `None` if it was made with other options. The error says why the file is not a
    /// copy of this list.
    pub(super) fn parse(text: &str, spec: &FeedSpec) -> Result<Option<Self>, String> {
        let mut parts = text.splitn(3, '\n');
        let (mark, about, prefixes) = (parts.next(), parts.next(), parts.next());
        let (Some(MARK), Some(about), Some(prefixes)) = (mark, about, prefixes) else {
            return Err("it is no copy of a list".to_owned());
        };
        let about: About = serde_json::from_str(about).map_err(|error| format!("it is damaged: {error}"))?;
        if about.prefixes_sha256 != hex(&sum(prefixes.as_bytes())) {
            return Err("it is damaged: its prefixes do not have the recorded digest".to_owned());
        }
        if (about.id.as_str(), &about.url_sha256) != (&*spec.id, &hex(&sum(spec.url.in_full().as_bytes()))) {
            return Err("it is the copy of another list".to_owned());
        }
        let wanted = spec.sha256.is_none_or(|sha256| hex(&sha256) == about.payload_sha256);
        if !wanted || about.options_sha256 != fingerprint(spec) {
            return Ok(None);
        }
        about.copy(prefixes, spec).map(Some)
    }

    /// The text of the file with this copy.
    pub(super) fn text(&self, spec: &FeedSpec) -> String {
        let prefixes = self.content.to_text();
        let about = About::of(spec, self, &prefixes);
        // Texts and numbers can always be written as JSON.
        let about = serde_json::to_string(&about).unwrap_or_default();
        format!("{MARK}\n{about}\n{prefixes}")
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

    /// Parses the prefixes, or the keys, with all guards of a list, since the file may have been tampered with.
    fn copy(self, prefixes: &str, spec: &FeedSpec) -> Result<ListCopy, String> {
        let content = Content::cached(prefixes, spec)?;
        let fetched_at = UNIX_EPOCH.checked_add(Duration::from_secs(self.fetched_at)).unwrap_or(UNIX_EPOCH);
        let digest = from_hex(&self.payload_sha256).ok_or("it is damaged: it has no digest")?;
        // Another version may parse the same list in another way, so it fetches the list again.
        let is_ours = self.version == VERSION;
        let validators =
            Validators { etag: self.etag.filter(|_| is_ours), last_modified: self.last_modified.filter(|_| is_ours) };
        Ok(ListCopy { content, validators, fetched_at, digest })
    }
}

/// The parser's remark on the audience was checked before the copy was written, so the file does not contain it.
fn fingerprint(FeedSpec { options, audience, .. }: &FeedSpec) -> String {
    hex(&sum(format!("{options:?} {audience:?}").as_bytes()))
}
