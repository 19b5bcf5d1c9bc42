//! Sharing over TLS, and as a user of the server's access list.

use super::authority::Authority;
use super::*;

/// The guide, in which an operator reads what the user of the access list needs.
const GUIDE: &str = include_str!("../../../../../docs/guide/many_instances.md");

/// Instances that reach the server by these settings find what one finds.
fn find_together(settings: &ShareSettings) {
    let records = log();
    let expected = expected(&records);
    let instance = || {
        let sharer = Sharer::new(settings, BYTES, Arc::new(Arc::default), Arc::default(), system_clock).unwrap();
        let mut sharer = Sharer { stalled: u64::MAX, ..sharer };
        lock(&sharer.common.outbox).pass(u64::from(START) * 1000);
        sharer.turn().unwrap();
        Instance { sharer, skew: 0 }
    };
    let mut instances = [instance(), instance()];
    records.iter().for_each(|record| instances[instance_of(record) % 2].push(*record));
    instances.iter().for_each(|instance| instance.pass(end(&records)));
    until(&mut instances, "the findings", |instances| instances.iter().all(|instance| knows(instance, &expected)));
}

/// What the server says to a new instance with these settings.
fn refusal(settings: &ShareSettings) -> String {
    let mut sharer = Sharer::new(settings, BYTES, Arc::new(Arc::default), Arc::default(), system_clock).unwrap();
    sharer.turn().unwrap_err().to_string()
}

#[test]
fn the_line_of_the_guide_is_all_that_a_user_needs() {
    let Some(server) = Server::start() else { return };
    let line = GUIDE.lines().find(|line| line.starts_with("ACL SETUSER guard ")).unwrap();
    let mut words = line.split(' ');
    let mut command = redis::cmd(words.next().unwrap());
    words.for_each(|word| _ = command.arg(word));
    server.link().run(|link| command.query::<()>(link)).unwrap();
    let as_guard = |password: &str| ShareSettings {
        url: format!("redis://guard:{password}@{}", server.address).into(),
        ..settings(server.address)
    };
    find_together(&as_guard("password"));
    // Nothing else is open to it, and its password is in no message.
    let mut link = Link::new(as_guard("password").redis().unwrap()).unwrap();
    for other in [["GET", "sessions"], ["KEYS", "*"], ["DEL", "scanner-guard:discovery:lease"]] {
        let error = link.run(|link| redis::cmd(other[0]).arg(other[1]).query::<()>(link)).unwrap_err().to_string();
        assert!(error.to_lowercase().contains("permission"), "{other:?}: {error}");
    }
    let other_prefix = ShareSettings { prefix: "other:".to_owned(), ..as_guard("password") };
    assert!(refusal(&other_prefix).to_lowercase().contains("permission"));
    let error = refusal(&as_guard("hush"));
    assert!(!error.contains("hush") && error.contains(&server.address.to_string()), "{error}");
}

#[test]
fn instances_share_over_tls_with_an_authority_of_their_own_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let (certificate, key) = ours.issue();
    let (ca, cert, key_file) = (file("ca.pem"), file("cert.pem"), file("key.pem"));
    std::fs::write(&ca, &ours.pem).unwrap();
    std::fs::write(&cert, certificate).unwrap();
    std::fs::write(&key_file, key).unwrap();
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let tls_port = port.to_string();
    let arguments = [
        ["--tls-port", &tls_port],
        ["--tls-cert-file", &cert],
        ["--tls-key-file", &key_file],
        ["--tls-ca-cert-file", &ca],
        ["--tls-auth-clients", "no"],
    ];
    let Some(server) = Server::with(&arguments.concat()) else { return };
    let with = |pem: Option<&str>| ShareSettings {
        url: format!("rediss://localhost:{port}").into(),
        certificates: pem.map(|pem| Arc::from(pem.as_bytes())),
        ..settings(server.address)
    };
    find_together(&with(Some(&ours.pem)));
    for other in [Some(theirs.pem.as_str()), None] {
        let error = refusal(&with(other));
        assert!(error.to_lowercase().contains("certificate"), "{error}");
    }
    // An address without TLS at the port of TLS.
    let plain = ShareSettings { url: format!("redis://localhost:{port}").into(), ..with(None) };
    assert!(refusal(&plain).contains(&format!("localhost:{port}")));
}
