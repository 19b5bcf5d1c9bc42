//! The problems of `[redis]`, and their texts.

use std::fs;

use actix_scanner_guard::GuardConfig;

const SECRET: &str = "7q3k8m0v2s5x1c9d4f6ga7q3k8m0v2s5";

/// The valid keys, in the order of the file.
const GOOD: [(&str, &str); 2] = [("url_env", "\"REDIS_URL\""), ("secret_env", "\"GUARD_SECRET\"")];

/// The problems of a section with these keys instead of the valid ones, with this environment, as `key: message; help`.
fn problems(keys: &[(&str, &str)], environment: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut all: Vec<(&str, &str)> = GOOD.to_vec();
    for (key, value) in keys {
        all.retain(|(known, _)| known != key);
        if !value.is_empty() {
            all.push((key, value));
        }
    }
    let lines: String = all.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
    let file = folder.path().join("policy.toml");
    fs::write(&file, format!("discovery.mode = \"count\"\n[redis]\n{lines}")).unwrap();
    fs::write(folder.path().join("no.pem"), "no certificate").unwrap();
    let mut variables = vec![("REDIS_URL", "redis://127.0.0.1:1"), ("GUARD_SECRET", SECRET)];
    for (name, value) in environment {
        variables.retain(|(known, _)| known != name);
        if *value != "unset" {
            variables.push((name, value));
        }
    }
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    match GuardConfig::load_with(&file, variables) {
        Ok(_) => Vec::new(),
        Err(error) => {
            assert!(!error.to_string().contains("hush"), "a secret is shown: {error}");
            error.problems().iter().map(|problem| format!("{}: {problem}", problem.key())).collect()
        }
    }
}

/// Keys of the section and variables that differ from a valid policy, and texts of the problem.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)], &'a [&'a str]);

#[test]
fn each_mistake_is_told_with_what_to_write() {
    let long = format!("\"{}\"", "x".repeat(101));
    let cases: &[Case<'_>] = &[
        (&[], &[], &[]),
        (&[("prefix", "\"shop:guard-1.\"")], &[], &[]),
        (&[], &[("REDIS_URL", "redis+unix:///run/redis.sock")], &[]),
        // The server's address.
        (&[("url_env", "")], &[], &["url_env", "`url_env` is missing", "url_env = \"REDIS_URL\""]),
        (&[], &[("REDIS_URL", "unset")], &["redis.url_env", "not set", "REDIS_URL", "redis://127.0.0.1"]),
        (&[], &[("REDIS_URL", " ")], &["redis.url_env", "not set"]),
        (&[], &[("REDIS_URL", "http://cache.example")], &["redis.url_env", "scheme is `http`"]),
        (&[], &[("REDIS_URL", "cache.example:6379")], &["redis.url_env", "scheme"]),
        (&[], &[("REDIS_URL", "hush")], &["redis.url_env", "scheme is missing"]),
        (
            &[],
            &[("REDIS_URL", "redis://:hush@cache.example:99999")],
            &["redis.url_env", "no address of a Redis server"],
        ),
        (&[], &[("REDIS_URL", "redis://cache.example/hush")], &["redis.url_env"]),
        (&[], &[("REDIS_URL", "rediss://:hush@cache.example#insecure")], &["redis.url_env", "`#`", "`%23`"]),
        (&[("url_env", "\"redis://:hush@cache.example\"")], &[], &["redis.url_env", "name of an environment variable"]),
        (&[("url_env", "\"\"")], &[], &["redis.url_env"]),
        (&[("url", "\"redis://:hush@cache.example\"")], &[], &["redis.url", "url_env"]),
        (&[("url_env", "6379")], &[], &["redis.url_env"]),
        // The secret.
        (&[("secret_env", "")], &[], &["secret_env", "`secret_env` is missing", "openssl rand -hex 32"]),
        (&[], &[("GUARD_SECRET", "unset")], &["redis.secret_env", "not set", "GUARD_SECRET"]),
        (&[], &[("GUARD_SECRET", "hush-hush")], &["redis.secret_env", "has 9 bytes; the minimum is 32"]),
        (&[], &[("GUARD_SECRET", "hushhushhushhushhushhushhushhushhushhush")], &["redis.secret_env", "repeats a few"]),
        (
            &[("secret_env", "\"hush-hush-hush-hush-hush-hush-1\"")],
            &[],
            &["redis.secret_env", "name of an environment variable"],
        ),
        (&[("secret", "\"hush-hush-hush-hush-hush-hush-hush\"")], &[], &["redis.secret", "secret_env"]),
        (&[("secret_file", "\"redis.key\"")], &[], &["redis.secret_file", "secret_env"]),
        (&[("password", "\"hush\"")], &[], &["redis.password"]),
        // The other keys.
        (&[("prefix", "\"my shop:\"")], &[], &["redis.prefix", "not allowed in this prefix", "`scanner-guard:`"]),
        (&[("prefix", "\"shop*\"")], &[], &["redis.prefix", "`*` is not allowed"]),
        (&[("prefix", "\"\"")], &[], &["redis.prefix", "empty prefix"]),
        (&[("prefix", "\"sh\\u0007op:\"")], &[], &["redis.prefix", "is not allowed"]),
        (&[("prefix", &long)], &[], &["redis.prefix", "101 bytes; the maximum is 100"]),
        (&[("connect_timeout", "\"0s\"")], &[], &["redis.connect_timeout"]),
        (&[("connect_timeout", "1")], &[], &["redis.connect_timeout"]),
        (&[("response_timeout", "\"soon\"")], &[], &["redis.response_timeout"]),
        (&[("response_timeout", "\"1h\"")], &[], &["redis.response_timeout"]),
        (&[("memory", "\"1kB\"")], &[], &["redis.memory", "1MiB"]),
        (&[("ca_file", "\"missing.pem\"")], &[("REDIS_URL", "rediss://cache.example")], &["redis.ca_file"]),
        (
            &[("ca_file", "\"no.pem\"")],
            &[("REDIS_URL", "rediss://cache.example")],
            &["redis.ca_file", "have no `-----BEGIN CERTIFICATE-----`"],
        ),
        (&[("ca_file", "\"no.pem\"")], &[], &["redis.ca_file", "not one of TLS", "rediss://"]),
    ];
    for (keys, environment, expected) in cases {
        let found = problems(keys, environment);
        assert_eq!(found.len(), usize::from(!expected.is_empty()), "{keys:?} {environment:?}: {found:#?}");
        for text in *expected {
            assert!(found[0].contains(text), "{keys:?} {environment:?}: `{text}` is not in {}", found[0]);
        }
    }
}

#[test]
fn a_section_without_an_environment_or_a_use_is_told() {
    let text = "[redis]\nurl_env = \"REDIS_URL\"\nsecret_env = \"GUARD_SECRET\"";
    let error = GuardConfig::from_toml(text).unwrap_err().to_string();
    assert!(error.contains("GuardConfig::load"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.toml"), text).unwrap();
    let variables = [("REDIS_URL", "redis://127.0.0.1:1"), ("GUARD_SECRET", SECRET)];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = GuardConfig::load_with(folder.path().join("policy.toml"), variables).unwrap();
    let warnings: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    assert!(warnings.iter().any(|warning| warning.contains("while `[discovery]` is off")), "{warnings:?}");
}
