//! The TOML file as it is written: every key, nothing checked but types.

use serde::Deserialize;

#[cfg(feature = "cli")]
use super::schema;
use super::size::Size;
use super::spanned::Spanned;
use crate::client::Check;
use crate::policy::{Action, Mode};
use crate::scanners::{Audience, Certainty, JudgeOn, RuleAudience, Serves};

type Text = Spanned<String>;
pub(super) type Texts = Option<Spanned<Vec<Text>>>;

/// The policy of a scanner guard.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawConfig {
    /// Whether policy is carried out, or only decided, tagged and logged. Default: enforce.
    pub(super) mode: Option<Mode>,
    /// What a scanner gets on a path that no rule names. Default: tag.
    pub(super) default_action: Option<Action>,
    /// TOML files with more lists of your own, relative to this one; they hold `[[scanners.list]]` and nothing else. Default: none.
    pub(super) include: Texts,
    /// Whose address a request comes from.
    pub(super) client: RawClient,
    /// Who is a scanner.
    pub(super) scanners: RawScanners,
    /// What holds for all lists that are fetched.
    pub(super) feeds: RawFeeds,
    /// What proves that a bot is who it says it is.
    pub(super) identity: RawIdentity,
    /// What stands in for a page that a scanner is not to see.
    pub(super) decoy: RawDecoy,
    /// What a blocked request is answered with.
    pub(super) block: RawBlock,
    /// URLs that exist nowhere else, to prove that somebody passes URLs on.
    pub(super) canary: Option<Spanned<RawCanary>>,
    /// Whether unknown scanners are looked for in the requests.
    pub(super) discovery: RawDiscovery,
    /// The server that several instances share. Default: none.
    pub(super) redis: Option<Spanned<RawRedis>>,
    /// What scanners get on some paths. The first rule that fits decides.
    pub(super) rule: Vec<Spanned<RawRule>>,
}

/// Whose address a request comes from.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawClient {
    /// The proxies whose word is taken: prefixes, `loopback`, `private`, or a set of the catalogue such as `cloudflare`. Default: none.
    #[cfg_attr(feature = "cli", schemars(schema_with = "schema::proxies"))]
    pub(super) trusted_proxies: Texts,
    /// Instead of `trusted_proxies`, where proxies have no fixed addresses: so many append to the header.
    pub(super) trusted_hops: Option<Spanned<u16>>,
    /// The one header that is read: `x-forwarded-for` (the default), `forwarded`, or one with a single address, such as `cf-connecting-ip`.
    pub(super) header: Option<Text>,
    /// Which address must be a scanner's. Default: either.
    pub(super) check: Option<Spanned<Check>>,
}

/// Who is a scanner.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawScanners {
    /// The scanners of the catalogue that are in use: ids, `category:…`, `preset:…` or `all`, with `@` and a certainty or an audience, or with `!` before it to leave them out. Default: every security category.
    #[cfg_attr(feature = "cli", schemars(schema_with = "schema::selectors"))]
    pub(super) r#use: Texts,
    /// What makes a request a scanner's: its `address`, and the bots that its user `agent` names. Default: both.
    pub(super) r#match: Option<Spanned<Vec<Spanned<Match>>>>,
    /// Whether the lists that vendors in use publish themselves are fetched. Default: no.
    pub(super) feeds: Option<Spanned<bool>>,
    /// Prefixes that are never a scanner's, whatever a list says.
    pub(super) allow: Texts,
    /// Lists of your own; they are always in use.
    pub(super) list: Vec<Spanned<RawList>>,
}

/// What makes a request a scanner's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum Match {
    /// Its address is in a range of a scanner.
    Address,
    /// Its user agent names a scanner's bot.
    Agent,
}

/// What is known of who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum IdentityName {
    /// The agent names a bot, and that is proved.
    Verified,
    /// The agent names a bot, and what its operator publishes contradicts it.
    Forged,
    /// The agent names a bot; a proof was tried and did not succeed.
    Claimed,
    /// The agent names a bot, and nothing could be tried.
    Unproven,
    /// The address is a scanner's, and the agent does not say so.
    Undeclared,
}

/// A list of your own.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawList {
    /// Its name, in lower-case letters, digits and hyphens.
    pub(super) id: Option<Text>,
    /// What it scans for.
    #[cfg_attr(feature = "cli", schemars(with = "Option<crate::catalog::Category>"))]
    pub(super) category: Option<Text>,
    /// Whether people use these addresses too. Default: exclusive.
    pub(super) audience: Option<Audience>,
    /// On which of its requests an address may be judged: `any` (the default), `links` or `images`. A mail provider that fetches an image does so for a person.
    pub(super) judge_on: Option<JudgeOn>,
    /// What it writes in the user agent: product tokens such as `AcmeProbe/`, which are whole words. Alone, or beside ranges, which prove them.
    pub(super) agents: Texts,
    /// When it ends: a day, which counts to its end in UTC, or a time such as `2026-12-31T12:00:00Z`. Default: never.
    pub(super) expires: Option<Text>,
    /// Its prefixes.
    pub(super) ranges: Texts,
    /// A file with them, relative to this one, in one of the known formats.
    pub(super) file: Option<Text>,
    /// An address to fetch them from, over HTTPS.
    pub(super) url: Option<Text>,
    /// How often it is fetched, such as `24h`.
    pub(super) refresh: Option<Text>,
    /// A copy that lost a larger share of its entries is refused.
    pub(super) max_shrink: Option<Spanned<f64>>,
    /// Whether the start fails if it can neither be fetched nor is in the cache.
    pub(super) required: Option<Spanned<bool>>,
    /// Whether `http://` will do.
    pub(super) allow_insecure: Option<Spanned<bool>>,
    /// A redirection may lead to private addresses, also from a public one. Default: `false`.
    pub(super) allow_private_redirects: Option<Spanned<bool>>,
    /// The SHA-256 of the file as published, in hexadecimal digits.
    pub(super) sha256: Option<Text>,
    /// A header that opens a private mirror, such as `authorization`.
    pub(super) header: Option<Text>,
    /// The environment variable with that header's whole value.
    pub(super) header_env: Option<Text>,
    /// The format of the file. Default: `auto`, which looks at the content.
    #[cfg_attr(feature = "cli", schemars(schema_with = "schema::formats"))]
    pub(super) format: Option<Text>,
    /// Which service of the file is meant.
    pub(super) service: Option<Text>,
    /// Which tag of the file is meant.
    pub(super) tag: Option<Text>,
    /// Which key of the file is meant.
    pub(super) key: Option<Text>,
    /// Which AS numbers of the file are meant.
    pub(super) asn: Option<Spanned<Vec<Spanned<u32>>>>,
    /// Which direction of the file is meant: `egress` or `ingress`.
    pub(super) direction: Option<Text>,
    /// Which product of the file is meant.
    pub(super) product: Option<Text>,
    /// A JSON path (RFC 9535) to the prefixes, for JSON of no known format.
    pub(super) select: Option<Text>,
}

/// What holds for all lists that are fetched.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawFeeds {
    /// The folder where the last good copy of each is kept, relative to this file. Default: nowhere.
    pub(super) cache_dir: Option<Text>,
    /// The start waits so long for lists that are not in the cache, such as `10s`.
    pub(super) startup_timeout: Option<Text>,
    /// A list is to be there within this time, such as `30s`.
    pub(super) timeout: Option<Text>,
    /// The largest list that is read: a number of bytes, or a size such as `32MiB`.
    pub(super) max_bytes: Option<Spanned<Size>>,
    /// A PEM file with authorities that are trusted beside those of the web.
    pub(super) ca_file: Option<Text>,
}

/// What proves that a bot is who it says it is.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawIdentity {
    /// Agents whose requests are signed, by Web Bot Auth. Experimental.
    pub(super) agent: Vec<Spanned<RawAgent>>,
    /// The hosts that requests may be signed for: all names of your site; `*.shop.example` is everything below. Default: any.
    pub(super) hosts: Texts,
    /// A signature is good once, by its nonce, of which so many are kept. Default: it is good until it expires.
    pub(super) replay_entries: Option<Spanned<u32>>,
    /// Whether the names of addresses whose requests claim to be a vendor's bot are looked up, in the background. Default: no.
    pub(super) reverse_names: Option<Spanned<bool>>,
    /// The DNS servers that are asked, such as `127.0.0.1` or `[::1]:5353`. Default: those of the system.
    pub(super) resolver: Texts,
    /// A look-up takes no longer, all its questions together. Default: `3s`.
    pub(super) resolver_timeout: Option<Text>,
    /// Maximum number of addresses whose names are kept in memory. Default: 8192.
    pub(super) max_names: Option<Spanned<u32>>,
    /// Maximum number of look-ups at the same time. Default: 64.
    pub(super) max_lookups: Option<Spanned<u32>>,
    /// Maximum number of look-ups in a second for the addresses of one network (/24, /48). Default: 4.
    pub(super) max_lookups_per_network: Option<Spanned<u32>>,
}

/// An agent whose requests are signed.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawAgent {
    /// Its name, in lower-case letters, digits and hyphens.
    pub(super) id: Option<Text>,
    /// What its requests have in `Signature-Agent`: an origin, such as `https://chatgpt.com`, or the address of a key set.
    pub(super) url: Option<Text>,
}

/// Whose 404 a decoy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum DecoySource {
    /// The application's own answer to a path that does not exist.
    #[default]
    App,
    /// The one that is written here.
    Static,
}

/// What stands in for a page that a scanner is not to see.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawDecoy {
    /// Whose 404 it is. Default: app.
    pub(super) source: Option<DecoySource>,
    /// Whether the application's answer to an unknown path stands, 404 or not.
    pub(super) accept_any_status: Option<Spanned<bool>>,
    /// The static decoy's status. Default: 404.
    pub(super) status: Option<Spanned<u16>>,
    /// The static decoy's body.
    pub(super) body: Option<Text>,
    /// A file with the static decoy's body, relative to this one.
    pub(super) body_file: Option<Text>,
    /// The type of the static decoy's body.
    pub(super) content_type: Option<Text>,
}

/// What a blocked request is answered with.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawBlock {
    /// Its status. Default: 403.
    pub(super) status: Option<Spanned<u16>>,
    /// Its body; `{reference}` stands for the reference code that is in the log.
    pub(super) body: Option<Text>,
    /// A file with its body, relative to this one.
    pub(super) body_file: Option<Text>,
    /// The type of its body.
    pub(super) content_type: Option<Text>,
}

/// URLs that exist nowhere else, to prove that somebody passes URLs on.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[cfg_attr(not(feature = "canary"), allow(dead_code, reason = "the section is refused as a whole"))]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawCanary {
    /// The environment variable with the secret, of 32 characters at least.
    pub(super) secret_env: Option<Text>,
    /// The file with the secret, relative to this one.
    pub(super) secret_file: Option<Text>,
    /// The environment variable with the secret before this one, whose canaries are still recognized.
    pub(super) old_secret_env: Option<Text>,
    /// The file with the secret before this one.
    pub(super) old_secret_file: Option<Text>,
    /// The networks from which you open canaries. Default: the first request for a canary is the visit.
    pub(super) from: Texts,
    /// The site's name; a token is valid for this host only. Default: none.
    pub(super) host: Option<Text>,
    /// What stands before a token. Default: `/r/`.
    pub(super) prefix: Option<Text>,
    /// For how long a canary proves anything, in days. Default: `30days`.
    pub(super) valid: Option<Text>,
}

/// What is done with what is discovered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum DiscoveryMode {
    /// Nothing is looked for.
    #[default]
    Off,
    /// It is logged, and is in the status and in metrics.
    Count,
    /// Its requests are tagged as well; no rule acts on them.
    Tag,
}

/// Whether unknown scanners are looked for in the requests, by what they ask for again.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawDiscovery {
    /// Whether, and what is done with them. Default: off.
    pub(super) mode: Option<Spanned<DiscoveryMode>>,
    /// Your own networks, which are never named.
    pub(super) own: Texts,
    /// What the watcher may take: a number of bytes, or a size such as `8MiB` (the default).
    pub(super) memory: Option<Spanned<Size>>,
    /// The file of findings, relative to this one. Those that a person approves with `scanner-guard learned approve` are lists in use. Default: none.
    pub(super) file: Option<Text>,
}

/// The Redis or Valkey server that several instances share.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawRedis {
    /// The environment variable with its address, such as `rediss://user:password@host:6380/0`.
    pub(super) url_env: Option<Text>,
    /// The environment variable with a secret that all instances have, of 32 bytes or more.
    pub(super) secret_env: Option<Text>,
    /// What all keys begin with. Default: `scanner-guard:`.
    pub(super) prefix: Option<Text>,
    /// A PEM file with the authorities that are trusted, relative to this file. Default: those of the operating system.
    pub(super) ca_file: Option<Text>,
    /// How long to wait for a connection, such as `1s`.
    pub(super) connect_timeout: Option<Text>,
    /// How long to wait for an answer, such as `500ms`.
    pub(super) response_timeout: Option<Text>,
    /// What the records of all instances may take there: a number of bytes, or a size such as `64MiB`.
    pub(super) memory: Option<Spanned<Size>>,
}

/// What scanners get on some paths.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawRule {
    /// Its name in logs. Default: `rule-1`, `rule-2` …
    pub(super) id: Option<Text>,
    /// The paths: `/admin` and what is below it, `=/status` alone; `*` stays inside a segment, `**` crosses them.
    pub(super) paths: Texts,
    /// The methods. Default: all; GET covers HEAD.
    pub(super) methods: Texts,
    /// The hosts; `*.shop.example` is everything below. Default: all.
    pub(super) hosts: Texts,
    /// The scanners: ids, `category:…`, or `all`. Default: all in use.
    #[cfg_attr(feature = "cli", schemars(schema_with = "schema::selectors"))]
    pub(super) scanners: Texts,
    /// What must be known of who sent the request: `verified`, `forged`, `claimed`, `unproven`, `undeclared`. Default: for allow, whoever has a scanner's address, and of those who claim to be one whoever proves it; else everybody.
    pub(super) identity: Option<Spanned<Vec<Spanned<IdentityName>>>>,
    /// Whose addresses it acts on: `exclusive` ranges, which machines alone use, or `any`. Default: exclusive for block and decoy, else any.
    pub(super) audience: Option<RuleAudience>,
    /// The least certainty of the ranges that it acts on. Default: observed for block and decoy, else registered.
    pub(super) certainty: Option<Certainty>,
    /// What the paths serve: `links` (the default) or `images`. Ranges that may not be judged on it are tagged only.
    pub(super) serves: Option<Serves>,
    /// What such a request gets.
    pub(super) action: Option<Action>,
    /// Whether this rule is carried out, or only observed. Default: enforce.
    pub(super) mode: Option<Mode>,
    /// When it ends: a day, which counts to its end in UTC, or a time such as `2026-12-31T12:00:00Z`. Default: never.
    pub(super) expires: Option<Text>,
}
