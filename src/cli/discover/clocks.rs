//! Computes the difference between the clocks of two logs from their common clients.

use std::collections::HashMap;

use super::requests::Item;
use crate::access_log::Input;

/// Number of requests at the beginning of each log that are compared.
const SAMPLE: usize = 20_000;
/// Maximum difference that is searched.
const MAX_SECONDS: i64 = 900;
/// A smaller difference is usual for people who move from server to server.
const MIN_SECONDS: i64 = 5;
/// The minimum number of clients with the same difference.
const ENOUGH: u32 = 10;
/// Number of requests of a client that are compared.
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

/// The offsets of these logs, in milliseconds. The error names a file that is not among them.
pub(super) fn told(offsets: &[ClockOffset], inputs: &[Input]) -> Result<Vec<i64>, String> {
    let mut millis = vec![0; inputs.len()];
    for offset in offsets {
        let place = inputs.iter().position(|input| input.to_string() == offset.file);
        millis[place.ok_or_else(|| offset.file.clone())?] = offset.millis;
    }
    Ok(millis)
}

/// The times of each client's requests.
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

/// The number of seconds by which the other log's clock is ahead, if it is unambiguous: many clients have this
/// difference, and no other difference has nearly as many.
fn difference(one: &Visits, other: &Visits) -> Option<i64> {
    let mut votes = vec![0_u32; 2 * MAX_SECONDS as usize + 1];
    for (client, times) in other {
        let Some(first) = one.get(client) else { continue };
        let mut differences: Vec<i64> =
            first.iter().flat_map(|first| times.iter().map(move |time| time - first + MAX_SECONDS)).collect();
        // A client has one vote for each difference.
        differences.sort_unstable();
        differences.dedup();
        for difference in differences {
            if let Some(votes) = usize::try_from(difference).ok().and_then(|place| votes.get_mut(place)) {
                *votes += 1;
            }
        }
    }
    // People need a second or two from server to server.
    let near = |place: usize| votes[place.saturating_sub(1)..votes.len().min(place + 2)].iter().sum::<u32>();
    let best = (0..votes.len()).max_by_key(|place| (near(*place), votes[*place]))?;
    let rest = (0..votes.len()).filter(|place| place.abs_diff(best) > 10).map(near).max().unwrap_or(0);
    let seconds = best as i64 - MAX_SECONDS;
    (near(best) >= ENOUGH && near(best) >= 3 * rest && seconds.abs() >= MIN_SECONDS).then_some(seconds)
}
