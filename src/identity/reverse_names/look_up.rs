//! One look-up: the names of an address, and the address records of those that could be a vendor's.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::rr::{IntoName, Name as DnsName, RData, Record, RecordType};
use tokio::time::{Instant, timeout_at};

use super::host_name::HostName;
use super::outcome::{Forward, MAX_ADDRESSES, MAX_ALIASES, MAX_NAMES, Name, Names};
use super::settings::Settings;

/// A resolver for the servers of the settings, or for the system's servers.
pub(crate) fn resolver(settings: &Settings) -> Result<TokioResolver, NetError> {
    let mut builder = if settings.servers.is_empty() {
        TokioResolver::builder_tokio()?
    } else {
        let servers = settings.servers.iter().map(server).collect();
        let config = ResolverConfig::from_name_servers(servers);
        TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
    };
    let options = builder.options_mut();
    options.timeout = settings.timeout;
    // The answers must come from DNS and not from a file; and they are cached in `cache`, not in the resolver.
    options.use_hosts_file = ResolveHosts::Never;
    options.cache_size = 0;
    // Aliases are followed and counted in this module.
    options.preserve_intermediates = true;
    builder.build()
}

fn server(address: &SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.into())
}

/// The names of this address, and for how long DNS says that they are valid.
///
/// Address records are looked up only for names that `may_be_vendors` accepts. The whole look-up takes at most `limit`.
pub(crate) async fn look_up(
    resolver: &TokioResolver,
    address: IpAddr,
    limit: Duration,
    may_be_vendors: impl Fn(&HostName) -> bool,
) -> (Names, Duration) {
    let deadline = Instant::now() + limit;
    let question = DnsName::from(address);
    let Some(reverse) = ask(resolver, &question, RecordType::PTR, deadline).await else {
        return (Names::Unanswered, Duration::ZERO);
    };
    let mut ttl = reverse.ttl;
    let (mut vendors, mut foreign) = (Vec::new(), None);
    for data in &reverse.data {
        let RData::PTR(name) = data else { continue };
        if name.0.is_root() {
            continue;
        }
        match HostName::from_labels(name.0.iter()) {
            Some(host) if may_be_vendors(&host) => vendors.push(host),
            host => foreign = Some(Name { host, forward: Forward::NotAsked }),
        }
    }
    // A server returns names in any order; sorted, the same names are looked up each time.
    vendors.sort_unstable();
    vendors.dedup();
    vendors.truncate(MAX_NAMES);
    // Of foreign names, only their existence matters.
    let mut names: Vec<Name> = foreign.into_iter().collect();
    for host in vendors {
        let (forward, holds) = lead(resolver, &host, address, deadline).await;
        if forward == Forward::Back {
            ttl = ttl.min(holds);
        }
        names.push(Name { host: Some(host), forward });
    }
    (Names::Known(names.into()), Duration::from_secs(ttl.into()))
}

/// The result of a name's address records, and for how long it is valid.
async fn lead(resolver: &TokioResolver, host: &HostName, address: IpAddr, deadline: Instant) -> (Forward, u32) {
    let kind = if address.is_ipv4() { RecordType::A } else { RecordType::AAAA };
    let Ok(mut question) = host.as_str().into_name() else { return (Forward::Nowhere, 0) };
    // Without it, the resolver also tries the domains of the system's `search`.
    question.set_fqdn(true);
    let Some(answer) = ask(resolver, &question, kind, deadline).await else { return (Forward::Unanswered, 0) };
    let forward = if answer.data.len() > MAX_ADDRESSES {
        Forward::TooMany
    } else if answer.data.is_empty() {
        Forward::Nowhere
    } else if answer.data.iter().any(|data| data.ip_addr() == Some(address)) {
        Forward::Back
    } else {
        Forward::Elsewhere
    };
    (forward, answer.ttl)
}

/// The records of an answer; none if the name does not exist.
#[derive(Debug, Default)]
struct Answer {
    data: Vec<RData>,
    ttl: u32,
}

/// Sends a question; `None` without an answer, or without a valid one.
async fn ask(resolver: &TokioResolver, name: &DnsName, kind: RecordType, deadline: Instant) -> Option<Answer> {
    match timeout_at(deadline, resolver.lookup(name.clone(), kind)).await.ok()? {
        Ok(found) => Some(follow(name, kind, found.answers())),
        Err(NetError::Dns(DnsError::NoRecordsFound(none))) if !is_referral(&none) => Some(Answer::default()),
        Err(_) => None,
    }
}

/// Whether the server refers to other servers instead of answering: it does not know the zone.
fn is_referral(none: &NoRecords) -> bool {
    none.soa.is_none() && none.ns.is_some()
}

/// The records at the end of the aliases. Records of other names that a server adds do not count.
fn follow(name: &DnsName, kind: RecordType, records: &[Record]) -> Answer {
    let (mut end, mut ttl) = (name, u32::MAX);
    for _ in 0..=MAX_ALIASES {
        let alias = records.iter().find_map(|record| match &record.data {
            RData::CNAME(target) if record.name == *end => Some((&target.0, record.ttl)),
            _ => None,
        });
        let Some((target, holds)) = alias else {
            let found = records.iter().filter(|record| record.name == *end && record.record_type() == kind);
            let data = found.clone().map(|record| record.data.clone()).collect();
            return Answer { data, ttl: found.map(|record| record.ttl).min().unwrap_or(0).min(ttl) };
        };
        (end, ttl) = (target, ttl.min(holds));
    }
    Answer::default()
}
