//! The canaries of a report by batch, each with its verdict.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;

use crate::canary::{Caller, Canary, Class, HitHistory, HitLog, Role};

/// The canaries of one day with the same 16 serials.
#[derive(Serialize)]
pub(super) struct Batch {
    pub(super) day: String,
    /// The first of its 16 serials.
    pub(super) first_serial: u32,
    /// Whether somebody requested the control, so that the canaries prove nothing.
    pub(super) void: bool,
    pub(super) canaries: Vec<Opened>,
}

/// One canary that was requested.
#[derive(Serialize)]
pub(super) struct Opened {
    #[serde(flatten)]
    pub(super) canary: Canary,
    pub(super) verdict: Verdict,
    /// In the order of their first hits.
    pub(super) callers: Vec<ShownCaller>,
    /// Hits from networks that are not shown.
    pub(super) more: u64,
}

/// The result of the hits of one canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    /// Another network requested it after the visit.
    PassedOn,
    /// Only the visitor requested it.
    Quiet,
    /// Somebody knew the list of canaries.
    Leaked,
    /// It was sent or hidden, and somebody opened it.
    Opened,
    /// It was sent to a known network, and opened from another one.
    OpenedElsewhere,
    /// All hits came too late, from programs that name themselves, or from own networks.
    Nothing,
}

impl Verdict {
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Verdict::PassedOn => "passed on: somebody between the visitor and the server passes visited URLs on",
            Verdict::Quiet => "quiet so far: only the visitor requested it",
            Verdict::Leaked => "proves nothing: somebody knew the list of canaries",
            Verdict::Opened => "opened: by a recipient, or by a program that searches for links",
            Verdict::OpenedElsewhere => "opened outside the recipient's network: somebody on the way opens links",
            Verdict::Nothing => "proves nothing: too late, your own, or a program that names itself",
        }
    }
}

/// The hits of one network.
#[derive(Serialize)]
pub(super) struct ShownCaller {
    pub(super) role: Role,
    pub(super) address: String,
    pub(super) network: String,
    pub(super) first: String,
    pub(super) hits: u64,
    /// Seconds after the visit.
    pub(super) lag: Option<u64>,
    pub(super) agent: Option<String>,
}

impl ShownCaller {
    fn new(caller: &Caller, visit: Option<u64>) -> Self {
        Self {
            role: caller.role,
            address: caller.address.to_string(),
            network: caller.network.to_string(),
            first: clock(caller.first),
            hits: caller.hits,
            lag: visit.filter(|_| caller.role != Role::Visit).and_then(|visit| caller.first.checked_sub(visit)),
            agent: caller.agent.as_deref().map(str::to_owned),
        }
    }

    /// The role in words.
    pub(super) fn role_in_words(&self) -> &'static str {
        match self.role {
            Role::Visit => "the visit",
            Role::SameSite => "the same site as the visit",
            Role::Own => "your own network or a proxy",
            Role::Echo => "another client",
            Role::Before => "another client before the visit",
            Role::Opener => "opened it",
            Role::Declared => "a program that names itself",
            Role::Control => "requested a control",
            Role::Late => "after its last valid day",
        }
    }
}

/// The batches of a book, the latest first.
pub(super) fn batches(hit_log: &HitLog) -> Vec<Batch> {
    let mut batches: BTreeMap<(u16, u32), Vec<&HitHistory>> = BTreeMap::new();
    for history in hit_log.histories() {
        batches.entry(history.canary.batch()).or_default().push(history);
    }
    let batch = |histories: Vec<&HitHistory>| {
        let canary = histories.first()?.canary;
        Some(Batch {
            day: canary.date(),
            first_serial: canary.serial() / crate::canary::BATCH * crate::canary::BATCH,
            void: hit_log.is_void(canary),
            canaries: histories.into_iter().map(|history| opened(history, hit_log)).collect(),
        })
    };
    batches.into_values().rev().filter_map(batch).collect()
}

fn opened(history: &HitHistory, hit_log: &HitLog) -> Opened {
    let visit = history.visit().map(|visit| visit.first);
    Opened {
        canary: history.canary,
        verdict: verdict(history, hit_log),
        callers: history.callers.iter().map(|caller| ShownCaller::new(caller, visit)).collect(),
        more: history.more,
    }
}

fn verdict(history: &HitHistory, hit_log: &HitLog) -> Verdict {
    let has = |role: Role| history.in_role(role).next().is_some();
    if hit_log.is_leaked(history) {
        Verdict::Leaked
    } else if has(Role::Echo) {
        Verdict::PassedOn
    } else if has(Role::Opener) {
        let is_sent = matches!(history.canary.class(), Class::Mail | Class::Chat);
        if is_sent && hit_log.knows_visitors() { Verdict::OpenedElsewhere } else { Verdict::Opened }
    } else if has(Role::Visit) {
        Verdict::Quiet
    } else {
        Verdict::Nothing
    }
}

/// Proposals for the next experiment, by the results so far.
pub(super) fn next(batches: &[Batch], is_proved: bool) -> Vec<String> {
    let mint = "scanner-guard canary mint --class visit";
    let any =
        |verdict: Verdict| batches.iter().flat_map(|batch| &batch.canaries).any(|opened| opened.verdict == verdict);
    if batches.iter().any(|batch| batch.void) || any(Verdict::Leaked) {
        return vec![format!("Mint new canaries in a place that nobody else can read, and open them: {mint}")];
    }
    if is_proved {
        return vec![
            format!("Find out who passes URLs on: change one thing and open a new canary for each ({mint} --count 4)."),
            "Another browser on the same machine, without extensions: if its canary stays quiet, the browser or an extension did it.".to_owned(),
            "Another machine in the same network, without the endpoint protection of the first: if its canary stays quiet, software on the machine did it.".to_owned(),
            "The same machine in another network, such as a phone's: if its canary stays quiet, a gateway or the provider did it.".to_owned(),
            "The same page with https and with plain http: if only http is passed on, somebody on the path reads the traffic.".to_owned(),
        ];
    }
    let visits =
        batches.iter().flat_map(|batch| &batch.canaries).filter(|opened| opened.canary.class() == Class::Visit).count();
    match visits {
        0 => vec![format!("Mint canaries and open each once, from the network that you suspect: {mint} --count 3")],
        _ => vec![
            "Wait: most scanners come within an hour, some within eight hours, a few days later.".to_owned(),
            format!(
                "Open more canaries, at different times of the day and with the browser that was used when you saw the echoes: {mint} --count 3"
            ),
        ],
    }
}

/// `2026-11-29T19:03:00Z`.
pub(super) fn clock(seconds: u64) -> String {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds.min(7_258_118_400))).to_string()
}

/// `+41s`, `+2min`, `+3h`.
pub(super) fn lag(seconds: u64) -> String {
    match seconds {
        0..120 => format!("+{seconds}s"),
        120..7200 => format!("+{}min", seconds / 60),
        7200..172_800 => format!("+{}h", seconds / 3600),
        _ => format!("+{}d", seconds / 86_400),
    }
}
