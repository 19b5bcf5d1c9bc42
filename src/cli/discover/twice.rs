//! Finds logs that are given twice: by two names, as a link, or as a copy beside its compressed form, which logrotate leaves. They
//! are read once; otherwise each request would count twice.

use std::io::{self, BufRead, Read};

use super::super::output::is_same;
use crate::access_log::Input;
use crate::util::escape::escaped;

/// Logs are compared as a whole if this number of bytes at their beginnings is equal.
const HEAD: u64 = 8 << 10;

/// For each log, another log with all of its lines; `None` if there is none.
pub(super) fn contained_in(inputs: &[Input]) -> Vec<Option<usize>> {
    let mut within = vec![None; inputs.len()];
    for (number, input) in inputs.iter().enumerate() {
        within[number] = inputs[..number].iter().position(|other| is_one(input, other));
    }
    let heads = (0..inputs.len()).filter(|number| within[*number].is_none());
    let mut heads: Vec<(Vec<u8>, usize)> = heads
        .filter_map(|number| Some((head(&inputs[number])?, number)))
        .filter(|(head, _)| !head.is_empty())
        .collect();
    heads.sort();
    for place in 1..heads.len() {
        // In this order, a beginning comes directly before the logs that continue it.
        let (shorter, number) = &heads[place - 1];
        let like = heads[place..].iter().take_while(|(longer, _)| longer.starts_with(shorter));
        for (_, other) in like {
            if within[*number].is_some() {
                break;
            }
            // A log that cannot be read is reported when its requests are read.
            match longer(&inputs[*number], &inputs[*other]).ok().flatten() {
                Some(Longer::First) => within[*other] = within[*other].or(Some(*number)),
                Some(Longer::Second) => within[*number] = Some(*other),
                None => {}
            }
        }
    }
    within
}

/// The note on a log that is not read.
pub(super) fn note(input: &Input, other: &Input) -> String {
    let [input, other] = [input, other].map(|input| escaped(&input.to_string()).into_owned());
    match input == other {
        true => format!("{input} was given twice, and was read once."),
        false => format!("{input} was not read: {other} has the same lines."),
    }
}

fn is_one(one: &Input, other: &Input) -> bool {
    match (one, other) {
        (Input::File(one), Input::File(other)) => one == other || is_same(one, other),
        (one, other) => one == other,
    }
}

/// The beginning of a log; `None` for a log that can be read only once.
fn head(input: &Input) -> Option<Vec<u8>> {
    let Input::File(path) = input else { return None };
    let mut head = Vec::new();
    let is_read = path.is_file() && input.unpacked().ok()?.take(HEAD).read_to_end(&mut head).is_ok();
    is_read.then_some(head)
}

/// Which of two logs continues the other one, the first if they are equal; `None` if they differ.
fn longer(one: &Input, other: &Input) -> io::Result<Option<Longer>> {
    let (mut one, mut other) = (one.unpacked()?, other.unpacked()?);
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        if right.is_empty() {
            return Ok(Some(Longer::First));
        }
        if left.is_empty() {
            return Ok(Some(Longer::Second));
        }
        let count = left.len().min(right.len());
        if left[..count] != right[..count] {
            return Ok(None);
        }
        one.consume(count);
        other.consume(count);
    }
}

enum Longer {
    First,
    Second,
}
