//! Finds by how much the clocks of two logs differ, from the clients that are in both.

use std::collections::HashMap;

use super::requests::Item;
use crate::access_log::Input;

/// The number of requests that are compared, from the beginning of each log.
const SAMPLE: usize = 20_000;
/// The largest difference of any size that is found.
const MAX_SECONDS: i64 = 900;
/// The largest difference by time zones: a server that logs its local time without the zone.
const MAX_ZONES: i64 = 14 * 3600;
/// Time zones differ by multiples of half an hour, and the clocks may differ by so much besides.
const ZONE: i64 = 1800;
const BESIDES: i64 = 60;
/// Smaller differences come from people who move from server to server.
const MIN_SECONDS: i64 = 5;
/// The minimum number of clients that a difference needs.
const MIN_CLIENTS: u32 = 10;
/// The number of requests of a client that are compared.
const PER_CLIENT: usize = 16;

/// The value of `--clock-offset FILE=SECONDS`.
#[derive(Clone, Debug)]
pub(super) struct ClockOffset {
    file: String,
    millis: i64,
}

impl std::str::FromStr for ClockOffset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let usage = "write the log's name and seconds, as in `web2.log=-90`";
        let (file, seconds) = text.rsplit_once('=').ok_or(usage)?;
        let seconds: f64 = seconds.trim_end_matches('s').parse().map_err(|_| usage)?;
        if file.is_empty() || !seconds.is_finite() || seconds.abs() > 1e9 {
            return Err(usage.to_owned());
        }
        Ok(Self { file: file.to_owned(), millis: (seconds * 1000.0).round() as i64 })
    }
}

/// The offsets of these logs from the command line, in milliseconds. The error is the name of a file that is none of them.
pub(super) fn given(offsets: &[ClockOffset], inputs: &[Input]) -> Result<Vec<i64>, String> {
    let mut millis = vec![0; inputs.len()];
    for offset in offsets {
        let place = inputs.iter().position(|input| input.to_string() == offset.file);
        millis[place.ok_or_else(|| offset.file.clone())?] = offset.millis;
    }
    Ok(millis)
}

/// The times of the requests of each client, in seconds.
type Visits = HashMap<(std::net::IpAddr, u32), Vec<i64>>;

/// The clocks of several logs, as their common clients show them.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    /// The milliseconds to add to the times of each log, so that it agrees with the clock of the first log with common clients.
    pub(super) offsets: Vec<i64>,
    /// Logs whose clock cannot be compared, each with another log.
    pub(super) unclear: Vec<(usize, usize, Unclear)>,
}

/// Two logs of the same time whose clocks may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unclear {
    /// The number of common clients.
    clients: usize,
    /// The number of seconds by which one clock is ahead, if the clients show one that is neither small nor of time zones.
    seconds: Option<i64>,
}

impl Unclear {
    /// A note about the clock of `name`, compared with `other`.
    pub(super) fn note(self, name: &str, other: &str) -> String {
        match self.seconds {
            Some(seconds) => format!(
                "The clock of {name} may be {seconds:+} s ahead of that of {other}, as their common clients show. This is not \
                 corrected, since clocks rarely differ so. `--clock-offset {name}={}` corrects it.",
                -seconds
            ),
            None => format!(
                "The {} common clients of {name} and {other} do not show whether their clocks agree. If they differ, write \
                 `--clock-offset {name}=SECONDS`.",
                self.clients
            ),
        }
    }
}

/// The result of a comparison of two clocks by the common clients of the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    /// The other log's clock is ahead by this number of seconds.
    Differ(i64),
    Agree,
    Unclear(Unclear),
    /// There are too few common clients, or the logs are of different times.
    Unrelated,
}

/// Compares the clocks of logs.
pub(super) fn found<'a>(logs: impl Iterator<Item = impl Iterator<Item = &'a Item>>) -> Clocks {
    let visits: Vec<Visits> = logs.map(visits).collect();
    let mut clocks = Clocks { offsets: vec![0; visits.len()], unclear: Vec::new() };
    for log in 1..visits.len() {
        let compared: Vec<(usize, Comparison)> =
            (0..log).map(|other| (other, compare(&visits[other], &visits[log]))).collect();
        let differs = compared.iter().find_map(|(other, comparison)| match comparison {
            Comparison::Differ(seconds) => Some((*other, *seconds)),
            _ => None,
        });
        if let Some((other, seconds)) = differs {
            clocks.offsets[log] = clocks.offsets[other] - seconds * 1000;
        } else if !compared.iter().any(|(_, comparison)| *comparison == Comparison::Agree) {
            clocks.unclear.extend(compared.iter().find_map(|(other, comparison)| match comparison {
                Comparison::Unclear(why) => Some((log, *other, *why)),
                _ => None,
            }));
        }
    }
    clocks
}

fn visits<'a>(items: impl Iterator<Item = &'a Item>) -> Visits {
    let mut visits = Visits::new();
    for item in items.take(SAMPLE) {
        let times = visits.entry((item.record.address(), item.record.agent_hash())).or_default();
        if times.len() < PER_CLIENT {
            times.push(i64::from(item.record.time()));
        }
    }
    visits
}

/// Compares two clocks. A difference must be clear: at least ten clients have it, and three times as many as have any
/// other.
fn compare(one: &Visits, other: &Visits) -> Comparison {
    let clients = other.keys().filter(|client| one.contains_key(client)).count();
    if clients < MIN_CLIENTS as usize {
        return Comparison::Unrelated;
    }
    let votes = votes(one, other);
    let is_small = |seconds: i64| seconds.abs() <= MAX_SECONDS;
    let is_zone = |seconds: i64| {
        let rest = seconds.rem_euclid(ZONE);
        rest.min(ZONE - rest) <= BESIDES
    };
    // Clients that come every half hour have all multiples of it, but fewer have them than have the true difference.
    match clear(&votes, |seconds| is_small(seconds) || is_zone(seconds)).or_else(|| clear(&votes, is_small)) {
        Some(seconds) if seconds.abs() >= MIN_SECONDS => Comparison::Differ(seconds),
        Some(_) => Comparison::Agree,
        None if overlap(one, other) => Comparison::Unclear(Unclear { clients, seconds: clear(&votes, |_| true) }),
        None => Comparison::Unrelated,
    }
}

/// Whether both logs have requests of the same time, by their own clocks.
fn overlap(one: &Visits, other: &Visits) -> bool {
    let span = |visits: &Visits| {
        let times = || visits.values().flatten().copied();
        Some((times().min()?, times().max()?))
    };
    match (span(one), span(other)) {
        (Some((first, last)), Some((other_first, other_last))) => first.max(other_first) < last.min(other_last),
        _ => false,
    }
}

/// For each difference in seconds, from `-MAX_ZONES` on, the number of clients with requests that are so far apart.
fn votes(one: &Visits, other: &Visits) -> Vec<u32> {
    let mut votes = vec![0_u32; 2 * MAX_ZONES as usize + 1];
    for (client, times) in other {
        let Some(first) = one.get(client) else { continue };
        let mut differences: Vec<i64> =
            first.iter().flat_map(|first| times.iter().map(move |time| time - first + MAX_ZONES)).collect();
        // A client has one vote for each difference.
        differences.sort_unstable();
        differences.dedup();
        for difference in differences {
            if let Some(votes) = usize::try_from(difference).ok().and_then(|place| votes.get_mut(place)) {
                *votes += 1;
            }
        }
    }
    votes
}

/// The difference with the most votes among those that are possible, if it is clear.
fn clear(votes: &[u32], is_possible: impl Fn(i64) -> bool) -> Option<i64> {
    // People need a second or two from server to server.
    let near = |place: usize| votes[place.saturating_sub(1)..votes.len().min(place + 2)].iter().sum::<u32>();
    let possible = || (0..votes.len()).filter(|place| is_possible(*place as i64 - MAX_ZONES));
    let best = possible().max_by_key(|place| (near(*place), votes[*place]))?;
    let rest = possible().filter(|place| place.abs_diff(best) > 10).map(near).max().unwrap_or(0);
    let seconds = best as i64 - MAX_ZONES;
    (near(best) >= MIN_CLIENTS && near(best) >= 3 * rest).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clients that request a page at times of their own, and at once an asset from the other server.
    fn logs(ahead: i64) -> [Visits; 2] {
        let [mut pages, mut assets] = [Visits::new(), Visits::new()];
        for client in 0..60_u8 {
            let address = std::net::IpAddr::from([203, 0, 113, client]);
            // Some come every half hour.
            let gap = if client % 4 == 0 { 1800 } else { 700 + 97 * i64::from(client) };
            let times: Vec<i64> = (0..5).map(|visit| 1_000_000 + 311 * i64::from(client) + visit * gap).collect();
            assets.insert((address, 1), times.iter().map(|time| time + 1 + ahead).collect());
            pages.insert((address, 1), times);
        }
        [pages, assets]
    }

    #[test]
    fn a_clock_differs_by_minutes_or_by_time_zones() {
        for ahead in [-900, -90, 45, 360, 1800, 3600, -3600, 5400, 19_800, -39_600, 3630] {
            let [pages, assets] = logs(ahead);
            let found = compare(&pages, &assets);
            let is_near = matches!(found, Comparison::Differ(found) if found.abs_diff(ahead) <= 1);
            assert!(is_near, "{ahead}: {found:?}");
        }
        for ahead in [0, 2] {
            let [pages, assets] = logs(ahead);
            assert_eq!(compare(&pages, &assets), Comparison::Agree, "{ahead}");
        }
        // The logs do not overlap.
        let [pages, assets] = logs(60_000);
        assert_eq!(compare(&pages, &assets), Comparison::Unrelated);
    }

    #[test]
    fn an_unusual_or_unclear_difference_is_reported() {
        let [pages, assets] = logs(2700);
        let Comparison::Unclear(unclear) = compare(&pages, &assets) else { panic!("2700 s") };
        assert!(unclear.note("b", "a").contains("--clock-offset b=-270"), "{unclear:?}");
        // Each client comes to the other server at a time of its own.
        let [pages, mut assets] = logs(0);
        for ((address, _), times) in &mut assets {
            let std::net::IpAddr::V4(address) = address else { continue };
            times.iter_mut().for_each(|time| *time += 37 * i64::from(address.octets()[3]) * i64::from(*time as u8));
        }
        let Comparison::Unclear(unclear) = compare(&pages, &assets) else { panic!("at random") };
        assert_eq!((unclear.clients, unclear.seconds), (60, None));
        assert!(unclear.note("b", "a").contains("60 common clients"));
        // With few common clients, nothing is said.
        assets.retain(|(address, _), _| address.to_string().ends_with('7'));
        assert_eq!(compare(&pages, &assets), Comparison::Unrelated);
    }
}
