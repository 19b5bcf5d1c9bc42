//! Signatures that may be used only once.

use super::*;

#[test]
fn a_nonce_is_good_once_and_as_long_as_its_signature() {
    let (one, two) = (Signer::new(1), Signer::new(2));
    let agents =
        [agent("one", "https://one.example", Some(one.keys())), agent("two", "https://two.example", Some(two.keys()))];
    let signed = |at: usize, nonce: Option<&str>, expires: i64| {
        let agent = &agents[at];
        Verified { agent, key: &agent.keys.as_deref().unwrap()[0], nonce: nonce.map(str::to_owned), expires }
    };
    let cache = ReplayCache::default();
    assert_eq!(cache.admit(&signed(0, Some("n"), 100), 3, 10), Ok(()));
    assert_eq!(cache.admit(&signed(0, Some("n"), 100), 3, 11), Err(Reason::Replayed));
    assert_eq!(cache.admit(&signed(0, Some("n"), 200), 3, 99), Err(Reason::Replayed), "by another signature");
    assert_eq!(cache.admit(&signed(1, Some("n"), 100), 3, 11), Ok(()), "another agent's nonces are its own");
    assert_eq!(cache.admit(&signed(0, None, 100), 3, 11), Err(Reason::NonceMissing));
    assert_eq!(cache.admit(&signed(0, Some(""), 100), 3, 11), Err(Reason::NonceMissing));
    assert_eq!(cache.admit(&signed(0, Some(&"n".repeat(257)), 100), 3, 11), Err(Reason::NonceMissing));
    assert_eq!(cache.admit(&signed(0, Some(&"n".repeat(256)), 50), 3, 11), Ok(()));
    // The cache is full, and no nonce that is still valid is removed.
    assert_eq!(cache.admit(&signed(0, Some("m"), 100), 3, 49), Err(Reason::ReplayFull));
    assert_eq!(cache.admit(&signed(0, Some("n"), 100), 3, 49), Err(Reason::Replayed));
    assert_eq!(cache.admit(&signed(0, Some("m"), 100), 3, 50), Ok(()), "one has expired");
    assert_eq!(cache.admit(&signed(0, Some("k"), 100), 3, 50), Err(Reason::ReplayFull));
}
