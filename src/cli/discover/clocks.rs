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

/// The milliseconds to add to the times of each log, so that it agrees with the clock of the first log with common clients.
pub(super) fn found<'a>(logs: impl Iterator<Item = impl Iterator<Item = &'a Item>>) -> Vec<i64> {
    let visits: Vec<Visits> = logs.map(visits).collect();
    let mut offsets = vec![0; visits.len()];
    for log in 1..visits.len() {
        let ahead = (0..log).find_map(|other| Some((other, difference(&visits[other], &visits[log])?)));
        if let Some((other, seconds)) = ahead {
            offsets[log] = offsets[other] - seconds * 1000;
        }
    }
    offsets
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

/// The number of seconds by which the other log's clock is ahead. It must be clear: at least ten clients have this difference,
/// and three times as many as have any other.
fn difference(one: &Visits, other: &Visits) -> Option<i64> {
    let votes = votes(one, other);
    let is_small = |seconds: i64| seconds.abs() <= MAX_SECONDS;
    let is_zone = |seconds: i64| {
        let rest = seconds.rem_euclid(ZONE);
        rest.min(ZONE - rest) <= BESIDES
    };
    // Clients that come every half hour have all multiples of it, but fewer have them than have the true difference.
    clear(&votes, |seconds| is_small(seconds) || is_zone(seconds)).or_else(|| clear(&votes, is_small))
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
    (near(best) >= MIN_CLIENTS && near(best) >= 3 * rest && seconds.abs() >= MIN_SECONDS).then_some(seconds)
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
            let found = difference(&pages, &assets);
            assert!(found.is_some_and(|found| found.abs_diff(ahead) <= 1), "{ahead}: {found:?}");
        }
        for ahead in [0, 2, 2700, 60_000] {
            let [pages, assets] = logs(ahead);
            assert_eq!(difference(&pages, &assets), None, "{ahead}");
        }
    }
}
