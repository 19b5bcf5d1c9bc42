//! Finds by how much the clocks of two logs differ, from the clients that are in both.

use std::collections::HashMap;

use super::requests::Item;
use crate::access_log::Input;

/// The number of requests that are compared, from the beginning of each log.
const SAMPLE: usize = 20_000;
/// The largest difference that is found.
const MAX_SECONDS: i64 = 900;
/// Smaller differences come from people who move from server to server.
const MIN_SECONDS: i64 = 5;
/// The minimum number of clients that a difference needs.
const ENOUGH: u32 = 10;
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
