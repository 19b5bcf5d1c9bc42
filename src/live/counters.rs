//! Counts the requests of scanners by scanner, by rule and by action.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use super::crowd::LiveCrowd;
use crate::decision::Matched;
use crate::engine::Engine;
use crate::identity::Identity;
use crate::policy::Action;
use crate::scanners::Scanner;

/// A count that continues from one engine to the next.
type Count = Arc<AtomicU64>;

/// Counts for an engine, in the order of its scanners and rules. Requests that match no scanner are not counted, since
/// all workers would then write to one place.
#[derive(Debug)]
pub(crate) struct Counters {
    scanners: Vec<(Arc<str>, Count)>,
    rules: Vec<(Arc<str>, Count)>,
    by_default: Count,
    actions: Arc<[[AtomicU64; 2]; ACTIONS.len()]>,
    identities: Arc<[AtomicU64; Identity::NAMES.len()]>,
    pub(crate) crowd: Arc<LiveCrowd>,
    /// The hash of `[client]`, on which the addresses of the crowd depend.
    client: u64,
}

const ACTIONS: [Action; 4] = [Action::Allow, Action::Tag, Action::Decoy, Action::Block];

impl Counters {
    /// Counts for an engine that replaces another one. Counts of the same id continue.
    pub(super) fn new(engine: &Engine, before: Option<&Counters>) -> Self {
        let scanners = engine.scanners().scanners().iter().map(Scanner::shared_id);
        let rules = engine.policy().rules().iter().map(|rule| Arc::clone(&rule.id));
        let mut hasher = DefaultHasher::new();
        engine.client().hash(&mut hasher);
        let client = hasher.finish();
        // A policy that trusts other proxies finds other addresses.
        let crowd = before.filter(|before| before.client == client).map(|before| Arc::clone(&before.crowd));
        Self {
            scanners: continued(scanners, before.map(|before| before.scanners.as_slice())),
            rules: continued(rules, before.map(|before| before.rules.as_slice())),
            by_default: before.map(|before| Arc::clone(&before.by_default)).unwrap_or_default(),
            actions: before.map(|before| Arc::clone(&before.actions)).unwrap_or_default(),
            identities: before.map(|before| Arc::clone(&before.identities)).unwrap_or_default(),
            crowd: crowd.unwrap_or_default(),
            client,
        }
    }

    /// Counts one request for the scanner of the most specific range, and for the rule that decided.
    pub(crate) fn count(&self, matched: &Matched) {
        let rule = matched.rule_number.map_or(&self.by_default, |number| &self.rules[number].1);
        rule.fetch_add(1, Ordering::Relaxed);
        let (_scanner, requests) = &self.scanners[matched.scanner_number];
        requests.fetch_add(1, Ordering::Relaxed);
        let action = ACTIONS.iter().position(|action| *action == matched.action).unwrap_or_default();
        self.actions[action][usize::from(matched.enforced)].fetch_add(1, Ordering::Relaxed);
        if let Some(identity) = matched.identity {
            self.identities[identity.number()].fetch_add(1, Ordering::Relaxed);
        }
        self.crowd.count(matched);
        #[cfg(feature = "metrics")]
        super::metrics::request(matched, _scanner);
    }

    /// The current counts. A request that is counted at the same time may be included only in part.
    pub(super) fn read(&self) -> Counts {
        let by_id = |counts: &[(Arc<str>, Count)]| {
            counts.iter().map(|(id, count)| (Arc::clone(id), count.load(Ordering::Relaxed))).collect::<Vec<_>>()
        };
        let actions = ACTIONS.iter().zip(self.actions.iter()).map(|(action, [observed, enforced])| ActionCount {
            action: *action,
            enforced: enforced.load(Ordering::Relaxed),
            observed: observed.load(Ordering::Relaxed),
        });
        let identities = Identity::NAMES.iter().zip(self.identities.iter());
        let identities =
            identities.map(|(name, count)| IdCount { id: (*name).into(), requests: count.load(Ordering::Relaxed) });
        let count = |(id, requests)| IdCount { id, requests };
        Counts {
            scanners: by_id(&self.scanners).into_iter().map(count).collect(),
            rules: by_id(&self.rules).into_iter().map(count).collect(),
            default_action: self.by_default.load(Ordering::Relaxed),
            actions: actions.collect(),
            identities: identities.collect(),
            addresses_doubtful: self.crowd.is_doubtful(),
        }
    }
}

fn continued(ids: impl Iterator<Item = Arc<str>>, before: Option<&[(Arc<str>, Count)]>) -> Vec<(Arc<str>, Count)> {
    let before: HashMap<&str, &Count> =
        before.unwrap_or_default().iter().map(|(id, count)| (id.as_ref(), count)).collect();
    let count = |id: &Arc<str>| before.get(id.as_ref()).map(|count| Arc::clone(count)).unwrap_or_default();
    ids.map(|id| (Arc::clone(&id), count(&id))).collect()
}

/// The numbers of scanners' requests since the start.
///
/// ```
/// use actix_scanner_guard::{Counts, GuardConfig, ScannerGuard};
/// use actix_web::{App, test};
///
/// # actix_web::rt::System::new().block_on(async {
/// let config = GuardConfig::from_toml("default_action = \"block\"").unwrap();
/// let app = App::new().wrap(ScannerGuard::from_config(&config));
/// let app = test::init_service(app).await;
/// let scanner = "150.70.66.183:443".parse().unwrap();
/// test::call_service(&app, test::TestRequest::with_uri("/").peer_addr(scanner).to_request()).await;
///
/// let counts: Counts = config.status().counts;
/// assert_eq!(counts.default_action, 1);
/// let busiest = counts.scanners.iter().max_by_key(|scanner| scanner.requests).unwrap();
/// assert_eq!(busiest.id.as_ref(), "trend-micro");
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// For each scanner in use, if it has the most specific range around the address.
    pub scanners: Vec<IdCount>,
    /// For each rule that decided.
    pub rules: Vec<IdCount>,
    /// Requests that no rule decided.
    pub default_action: u64,
    /// For each action of the policy.
    pub actions: Vec<ActionCount>,
    /// For each identity of the scanner: `verified`, `forged`, `claimed`, `unproven`, `undeclared`.
    pub identities: Vec<IdCount>,
    /// Whether 20 or more claims of bots with complete lists were judged and none is verified. Then the addresses may not belong
    /// to the clients, and no claim counts as forged: see `client.trusted_proxies`.
    pub addresses_doubtful: bool,
}

/// The requests of one scanner, or the requests that one rule decided.
///
/// ```
/// use actix_scanner_guard::{GuardConfig, IdCount, ScannerGuard};
/// use actix_web::{App, test};
///
/// # actix_web::rt::System::new().block_on(async {
/// let config = GuardConfig::from_toml("default_action = \"block\"").unwrap();
/// let app = App::new().wrap(ScannerGuard::from_config(&config));
/// let app = test::init_service(app).await;
/// let scanner = "150.70.66.183:443".parse().unwrap();
/// test::call_service(&app, test::TestRequest::with_uri("/").peer_addr(scanner).to_request()).await;
///
/// for IdCount { id, requests, .. } in config.status().counts.scanners {
///     assert_eq!(requests, u64::from(id.as_ref() == "trend-micro"));
/// }
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IdCount {
    /// The id in the TOML file or in the catalog.
    pub id: Arc<str>,
    /// The number of requests.
    pub requests: u64,
}

/// The requests with one action.
///
/// ```
/// use actix_scanner_guard::{Action, ActionCount, GuardConfig, ScannerGuard};
/// use actix_web::{App, test};
///
/// # actix_web::rt::System::new().block_on(async {
/// let config = GuardConfig::from_toml("default_action = \"block\"").unwrap();
/// let app = App::new().wrap(ScannerGuard::from_config(&config));
/// let app = test::init_service(app).await;
/// let scanner = "150.70.66.183:443".parse().unwrap();
/// test::call_service(&app, test::TestRequest::with_uri("/").peer_addr(scanner).to_request()).await;
///
/// let actions: Vec<ActionCount> = config.status().counts.actions;
/// let blocked = actions.iter().find(|count| count.action == Action::Block).unwrap();
/// assert_eq!((blocked.enforced, blocked.observed), (1, 0));
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ActionCount {
    /// The action.
    pub action: Action,
    /// The number of requests on which it was enforced.
    pub enforced: u64,
    /// The number of requests on which it was only observed.
    pub observed: u64,
}
