//! The report as an HTML page: one file without scripts, readable on a phone and on paper.

use std::borrow::Cow;

use askama::Template;

use super::report::{Report, Step};
use super::tally::Actions;
use crate::cli::failure::Failure;
use crate::cli::words::{counted, for_people, grouped, length, percent};
use crate::policy::{Action, Mode};
use crate::util::escape::escaped;

/// The template escapes all values, since log lines and paths come from clients.
#[derive(Template)]
#[template(path = "replay.html")]
struct Page<'a> {
    report: &'a Report,
    /// The policy's file.
    policy: &'a str,
    /// The time when the page was made.
    made: String,
    tables: Vec<Table>,
    chart: Option<Chart>,
}

/// Renders the page for this policy and time.
pub(super) fn page(report: &Report, policy: &str, made: &str) -> Result<String, Failure> {
    let page = Page { report, policy, made: for_people(made), tables: tables(report), chart: Chart::of(report) };
    page.render().map_err(|error| Failure::new(format!("the page cannot be made: {error}")))
}

impl Page<'_> {
    fn summary(&self) -> String {
        let (all, scanners) = (self.report.requests, self.report.of_scanners());
        format!("{}, {} from scanners{}", counted(all, "request"), grouped(scanners), percent(scanners, all))
    }

    fn tiles(&self) -> impl Iterator<Item = (&'static str, &'static str, String)> {
        self.report.actions.each().into_iter().map(|(action, count)| (action.as_str(), mark(action), grouped(count)))
    }

    fn mode(&self) -> &'static str {
        match self.report.mode {
            Mode::Enforce => "enforce: responses change",
            Mode::Observe => "observe: no response changes",
        }
    }
}

/// The sign of an action, in addition to its colour.
fn mark(action: Action) -> &'static str {
    match action {
        Action::Block => "■",
        Action::Decoy => "◆",
        Action::Tag => "▲",
        Action::Allow => "●",
    }
}

/// The counts that are not 0, each with its sign.
fn marked(actions: Actions) -> String {
    let counts = actions.each().into_iter().filter(|(_, count)| *count > 0);
    counts.map(|(action, count)| format!("{} {}", mark(action), grouped(count))).collect::<Vec<_>>().join("  ")
}

/// A table with a bar in each row.
struct Table {
    title: &'static str,
    /// A note on all counts of the table.
    remark: Option<String>,
    rows: Vec<Row>,
}

struct Row {
    label: String,
    detail: String,
    count: String,
    /// The counts of each action, with its sign.
    marks: String,
    /// The parts of the bar: action, position and width, in percent of the longest bar.
    parts: Vec<(&'static str, f64, f64)>,
}

fn tables(report: &Report) -> Vec<Table> {
    let scanners =
        report.scanners.iter().map(|row| (row.id.clone(), format!("{}, {}", row.name, row.category), row.actions));
    let rules = report.rules.iter().map(|row| {
        let id = row.id.clone().unwrap_or_else(|| "default_action".to_owned());
        (id, String::new(), row.actions)
    });
    let identities = report.identities.iter().map(|row| (row.identity.to_owned(), String::new(), row.actions));
    let paths =
        report.paths.rows.iter().map(|row| (row.path.clone(), row.action.to_string(), some(row.action, row.requests)));
    let statuses = report.statuses.iter().map(|row| {
        let all = format!("of {} in all", counted(row.share.requests, "request"));
        (row.status.to_string(), all, row.share.actions)
    });
    let tables = [
        Table::new("Scanners", 0, scanners),
        Table::new("Rules", 0, rules),
        Table::new("Identity", 0, identities),
        Table::new("Paths", report.paths.max_error, paths),
        addresses(report),
        Table::new("Status codes of the server's answers", 0, statuses),
    ];
    tables.into_iter().filter(|table| !table.rows.is_empty()).collect()
}

/// The table of addresses. An address may get several actions, so its bar has the colour of none.
fn addresses(report: &Report) -> Table {
    let top = &report.addresses;
    let most = top.rows.first().map_or(1, |row| row.requests.max(1));
    let rows = top.rows.iter().map(|row| Row {
        label: row.address.to_string(),
        detail: row.scanner.clone().unwrap_or_default(),
        count: grouped(row.requests),
        marks: String::new(),
        parts: vec![("any", 0.0, 100.0 * row.requests as f64 / most as f64)],
    });
    Table { title: "Addresses", remark: remark(top.max_error), rows: rows.collect() }
}

fn remark(error: u64) -> Option<String> {
    (error > 0).then(|| format!("each count may be up to {} too low", grouped(error)))
}

fn some(action: Action, count: u64) -> Actions {
    let one = Actions::one(action);
    let times = |unit: u64| unit * count;
    Actions { block: times(one.block), decoy: times(one.decoy), tag: times(one.tag), allow: times(one.allow) }
}

impl Table {
    fn new(title: &'static str, error: u64, rows: impl Iterator<Item = (String, String, Actions)> + Clone) -> Self {
        let most = rows.clone().map(|(.., actions)| actions.total()).max().unwrap_or(0);
        let rows = rows.map(|(label, detail, actions)| Row {
            label: clean(&label).into_owned(),
            detail: clean(&detail).into_owned(),
            count: grouped(actions.total()),
            marks: marked(actions),
            parts: stacked(actions, most),
        });
        Self { title, remark: remark(error), rows: rows.collect() }
    }
}

/// Escapes characters that change the direction of text on a page.
fn clean(text: &str) -> Cow<'_, str> {
    escaped(text)
}

/// The counts side by side, in percent of `most`.
fn stacked(actions: Actions, most: u64) -> Vec<(&'static str, f64, f64)> {
    let scale = 100.0 / most.max(1) as f64;
    let mut from = 0.0;
    let parts = actions.each().into_iter().filter(|(_, count)| *count > 0).map(|(action, count)| {
        let width = count as f64 * scale;
        from += width;
        (action.as_str(), from - width, width)
    });
    parts.collect()
}

/// The requests of scanners over time: one column for each step, with heights from 0 to 100.
struct Chart {
    step: String,
    first: String,
    last: String,
    /// The labels of the vertical axis, from the top down.
    axis: Vec<String>,
    columns: Vec<Column>,
}

struct Column {
    title: String,
    /// Position and width.
    x: f64,
    width: f64,
    parts: Vec<(&'static str, f64, f64)>,
}

impl Chart {
    /// The width of all columns together, in about the pixels of a screen, so that patterns are not stretched.
    const WIDTH: f64 = 960.0;

    fn of(report: &Report) -> Option<Self> {
        let steps = &report.over_time.steps;
        let most = steps.iter().map(|step| step.share.actions.total()).max().filter(|most| *most > 0)?;
        let top = top(most);
        let width = Self::WIDTH / steps.len() as f64;
        let columns = steps.iter().enumerate().map(|(number, Step { start, share })| {
            let counts = share.actions.each();
            let counts = counts.map(|(action, count)| format!("{} {action} {}", mark(action), grouped(count)));
            Column {
                title: format!("{}: {}", for_people(start), counts.join(", ")),
                x: (number as f64 + 0.08) * width,
                width: 0.84 * width,
                parts: stacked(share.actions, top),
            }
        });
        let middle = if top.is_multiple_of(2) { grouped(top / 2) } else { String::new() };
        Some(Self {
            step: length(report.over_time.step_seconds),
            first: for_people(&steps.first()?.start),
            last: for_people(&steps.last()?.start),
            axis: vec![grouped(top), middle, "0".to_owned()],
            columns: columns.collect(),
        })
    }
}

/// The top of the axis: 1, 2, 4, 6, 8 or 10 times a power of ten, at least the highest column.
fn top(most: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        let ends = [1, 2, 4, 6, 8, 10].into_iter().map(|digit| power.saturating_mul(digit));
        if let Some(end) = ends.into_iter().find(|end| *end >= most) {
            return end;
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_axis_ends_at_a_round_number() {
        let tops = [1, 2, 3, 5, 9, 10, 11, 99, 101, 7654, u64::MAX].map(super::top);
        assert_eq!(tops, [1, 2, 4, 6, 10, 10, 20, 100, 200, 8000, u64::MAX]);
    }
}
