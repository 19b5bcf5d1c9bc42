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
    assert_eq!(cache.admit(&signed(0, Some("n"), 100), 2, 10), Ok(()));
    assert_eq!(cache.admit(&signed(0, Some("n"), 100), 2, 11), Err(Reason::Replayed));
    assert_eq!(cache.admit(&signed(0, Some("n"), 200), 2, 99), Err(Reason::Replayed), "by another signature");
    assert_eq!(cache.admit(&signed(1, Some("n"), 100), 2, 11), Ok(()), "another agent's nonces are its own");
    assert_eq!(cache.admit(&signed(0, None, 100), 2, 11), Err(Reason::NonceMissing));
    assert_eq!(cache.admit(&signed(0, Some(""), 100), 2, 11), Err(Reason::NonceMissing));
    assert_eq!(cache.admit(&signed(0, Some(&"n".repeat(257)), 100), 2, 11), Err(Reason::NonceMissing));
    assert_eq!(cache.admit(&signed(0, Some(&"n".repeat(256)), 50), 2, 11), Ok(()));
    // The cache is full, and no nonce that is still valid is removed.
    assert_eq!(cache.admit(&signed(0, Some("m"), 100), 2, 49), Err(Reason::ReplayFull));
    assert_eq!(cache.admit(&signed(0, Some("n"), 100), 2, 49), Err(Reason::Replayed));
    assert_eq!(cache.admit(&signed(0, Some("m"), 100), 2, 50), Ok(()), "one has expired");
    assert_eq!(cache.admit(&signed(0, Some("k"), 100), 2, 50), Err(Reason::ReplayFull));
    // The other agent has a share of its own.
    assert_eq!(cache.admit(&signed(1, Some("k"), 100), 2, 50), Ok(()));
    assert_eq!(cache.admit(&signed(1, Some("m"), 100), 2, 50), Err(Reason::ReplayFull));
}

#[test]
fn removed_agents_leave_no_nonces_behind() {
    let signer = Signer::new(1);
    let cache = ReplayCache::default();
    for second in 0..1_000 {
        let agent = agent("one", &format!("https://{second}.example"), Some(signer.keys()));
        let key = &agent.keys.as_deref().unwrap()[0];
        let verified = Verified { agent: &agent, key, nonce: Some("n".to_owned()), expires: second + 10 };
        assert_eq!(cache.admit(&verified, 2, second), Ok(()));
        assert!(cache.agents() <= 10, "{}", cache.agents());
    }
}
