//! Finds decoyed paths, and makes paths of the same shape that do not exist.

use std::net::IpAddr;

use super::{LOOPBACK, matrix};
use crate::engine::Engine;
use crate::facts::RequestFacts;
use crate::policy::Action;

/// A scanner's address, and a host for which the path is decoyed.
pub(super) fn decoyed(engine: &Engine, path: &str) -> Option<(IpAddr, String)> {
    let hosts: Vec<String> = std::iter::once("localhost".to_owned()).chain(engine.policy().hosts()).collect();
    engine.scanners().prefixes().find_map(|network| {
        let scanner = network.addr();
        let host = hosts.iter().find(|host| {
            matrix::METHODS.iter().any(|method| action(engine, scanner, host, method, path) == Action::Decoy)
        })?;
        Some((scanner, host.clone()))
    })
}

pub(super) fn action(engine: &Engine, scanner: IpAddr, host: &str, method: &str, path: &str) -> Action {
    let headers = [engine.client().forwarding(scanner)];
    let facts = RequestFacts::new(path).peer(LOOPBACK).authority(host).method(method).headers(&headers);
    let decision = engine.decide(&facts);
    if decision.enforced() { decision.action() } else { Action::Allow }
}

/// A path of the same shape and length that is not protected. Its letters are new from the last possible segment on.
pub(super) fn missing_path(engine: &Engine, scanner: IpAddr, host: &str, path: &str, seed: usize) -> String {
    let starts: Vec<usize> = path.match_indices('/').map(|(at, _)| at + 1).collect();
    let candidates =
        starts.iter().rev().map(|start| format!("{}{}", &path[..*start], other_letters(&path[*start..], seed)));
    let mut last = path.to_owned();
    for candidate in candidates {
        let hidden = matrix::METHODS.iter().any(|method| action(engine, scanner, host, method, &candidate).hides());
        last = candidate;
        if !hidden {
            break;
        }
    }
    last
}

/// Replaces letters and digits by other ones; escapes stay.
pub(super) fn other_letters(text: &str, seed: usize) -> String {
    const LETTERS: &[u8; 23] = b"qwzxvjkyfhgpbdmcutlnrso";
    let bytes = text.as_bytes();
    let escaped = |at: usize| (at >= 1 && bytes[at - 1] == b'%') || (at >= 2 && bytes[at - 2] == b'%');
    let other = |(at, byte): (usize, &u8)| {
        let step = seed * (at + 1) + usize::from(*byte);
        if byte.is_ascii_alphanumeric() && !escaped(at) { LETTERS[step % LETTERS.len()] } else { *byte }
    };
    bytes.iter().enumerate().map(other).map(char::from).collect()
}
