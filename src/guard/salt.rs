//! The unguessable path to which a decoyed request is sent.
//!
//! The application must answer as for a path that does not exist, and it must not be able to serve the protected
//! one: neither its router, which goes by `match_info`, nor a catch-all handler that dispatches on `req.path()`, such as a
//! reverse proxy. So both are changed: a salt of random letters is put around and into each segment of the path, from
//! the first protected one on. `/api/admin` becomes `/api/<salt>ad<salt>min<salt>`.
//!
//! Should the 404 page show the path, then the salt is in it, and is taken out of the answer again
//! ([`desalt`](super::desalt)). Since the path's own characters stand between the salts, that works whatever escaping
//! the page applies, and what is left is the page for the path as sent.

use actix_web::dev::{ResourceMap, ServiceRequest};
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;

use super::random;
use crate::policy::Kept;

/// 16 characters out of 31: 79 bits.
const LENGTH: usize = 16;

/// A text that no client can know, new for each request.
#[derive(Clone, Debug)]
pub(super) struct Salt(String);

impl Salt {
    /// A salt for this request. It begins and ends with a letter that its path does not hold, lest it complete what it
    /// is to break: `ad` and `min` around a salt that ends in `d` would still hold `dmin`.
    pub(super) fn random_for(req: &ServiceRequest) -> Self {
        let texts = [req.path(), req.match_info().as_str()].map(str::to_lowercase);
        let foreign = |letter: &char| texts.iter().all(|text| !text.contains(*letter));
        let edge = ('a'..='z').rev().find(foreign).unwrap_or('z');
        Self(format!("{edge}{}{edge}", random::text(LENGTH)))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The path, salted from segment `kept` on. Empty segments are none.
    fn path(&self, path: &str, kept: usize) -> String {
        let salt = self.0.as_str();
        let mut salted = String::with_capacity(path.len() + 4 * salt.len());
        let mut number = 0;
        for (at, segment) in path.split('/').enumerate() {
            if at > 0 {
                salted.push('/');
            }
            if segment.is_empty() {
                continue;
            }
            if number < kept {
                salted.push_str(segment);
            } else {
                let (front, back) = segment.split_at(middle(segment));
                salted.extend([salt, front, salt, back, salt]);
            }
            number += 1;
        }
        if number <= kept {
            // Nothing was salted: the path ends above, as `/` does and as a scope's own path does below the scope.
            salted.push_str(salt);
        }
        salted
    }
}

/// A place inside the segment that splits no escape (`%c3%a9`), so that decoding sees the same characters.
fn middle(segment: &str) -> usize {
    let bytes = segment.as_bytes();
    let plain = |at: &usize| {
        let escape = bytes[at.saturating_sub(2)..*at].contains(&b'%') || bytes[*at] == b'%';
        bytes[at - 1].is_ascii_alphanumeric() && bytes[*at].is_ascii_alphanumeric() && !escape
    };
    let half = segment.len() / 2;
    (half.max(1)..segment.len()).chain(1..half.max(1)).find(plain).unwrap_or(0)
}

/// Sends the request to a salted path. False where that cannot be done (a target without a path, or one too long for
/// a URI), and the static decoy has to serve.
pub(super) fn apply(req: &mut ServiceRequest, salt: &Salt, kept: Kept) -> bool {
    let path = req.path();
    if !path.starts_with('/') {
        return false;
    }
    let Some(uri) = salted_uri(req, salt, kept) else { return false };
    req.match_info_mut().get_mut().update(&uri);
    req.head_mut().uri = uri;
    true
}

fn salted_uri(req: &ServiceRequest, salt: &Salt, kept: Kept) -> Option<Uri> {
    let path = req.path();
    let segments = path.split('/').filter(|segment| !segment.is_empty()).count();
    let most = match kept {
        Kept::Segments(kept) => kept.min(segments.saturating_sub(1)),
        Kept::AllButLast => segments.saturating_sub(1),
    };
    // On a scope, the router has eaten its prefix already; that part must stay as it is.
    let routed = req.match_info();
    let eaten = &routed.as_str()[..routed.as_str().len() - routed.unprocessed().len()];
    let least = eaten.split('/').filter(|segment| !segment.is_empty()).count();
    let candidate = |kept: usize| salt.path(path, kept);
    // Most of the path is kept that can be: the parents' own 404 page is the one to show.
    let chosen = (least..=most.max(least)).rev().map(candidate).find(|path| nobody_there(req.resource_map(), path));
    // Where some handler takes every path, it will have to say that this one does not exist.
    with_path(req.uri(), &chosen.unwrap_or_else(|| candidate(least)))
}

/// Whether no handler of its own would take this path: none is registered, or only a folder (as by actix-files),
/// which then has nothing of that name.
fn nobody_there(resources: &ResourceMap, path: &str) -> bool {
    !resources.has_resource(path) || resources.match_pattern(path).is_some_and(|pattern| !pattern.contains('{'))
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    let uri = Uri::from_parts(parts).ok()?;
    // The router counts in 16 bits.
    (uri.path().len() < usize::from(u16::MAX)).then_some(uri)
}
