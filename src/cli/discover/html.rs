//! The report as an HTML page: one file without scripts, for screens of any size and for paper.

use std::borrow::Cow;

use askama::Template;

use super::super::failure::Failure;
use super::super::words::counted;
use super::report::{Bin, Control, Finding, Lags, Report};
use super::text::several;
use crate::discovery::{Gate, Side};
use crate::util::escape::escaped;

/// The template escapes all texts: clients choose their targets and user agents.
#[derive(Template)]
#[template(path = "discover.html")]
struct Page<'a> {
    report: &'a Report,
}

/// Renders the page.
pub(super) fn page(report: &Report) -> Result<String, Failure> {
    Page { report }.render().map_err(|error| Failure::new(format!("the page cannot be made: {error}")))
}

/// The times of the pairs: one line for each leader, with a mark for each pair.
struct Timeline {
    rows: Vec<Row>,
    height: usize,
}

struct Row {
    leader: String,
    y: usize,
    marks: Vec<f64>,
}

/// Maximum number of leaders that are drawn.
const ROWS: usize = 24;

impl Page<'_> {
    fn title(&self, finding: &Finding) -> String {
        let ranges: Vec<String> = finding.ranges.iter().map(ToString::to_string).collect();
        let side = if finding.is_ahead() { "before people" } else { "after people" };
        format!("{}, {side}: {}", finding.status.as_str(), ranges.join(", "))
    }

    fn percent(&self, share: &f64) -> String {
        format!("{:.0} %", share * 100.0)
    }

    fn failed<'a>(&self, finding: &'a Finding) -> impl Iterator<Item = &'static Gate> + use<'a> {
        finding.gates.iter().filter(|outcome| !outcome.passed).map(|outcome| outcome.gate)
    }

    /// A bar's width in percent of the longest one of the finding.
    fn width(&self, pairs: &usize, finding: &Finding) -> String {
        let most = finding.lag.histogram.iter().map(|bin| bin.pairs).max().unwrap_or(0).max(1);
        format!("{:.1}", (100.0 * *pairs as f64 / most as f64).min(100.0))
    }

    /// The lags that the finding's ranges have in the control.
    fn control(&self, finding: &Finding, control: &Control) -> Vec<Bin> {
        let lags = control.lags.iter().filter(|(ranges, _)| ranges.iter().any(|range| finding.ranges.contains(range)));
        let mut lags: Vec<u32> = lags.flat_map(|(_, lags)| lags.iter().copied()).collect();
        lags.sort_unstable();
        Lags::of(&lags).histogram
    }

    fn timeline(&self, finding: &Finding) -> Timeline {
        const LEFT: f64 = 165.0;
        const RIGHT: f64 = 585.0;
        const STEP: usize = 18;
        let times = || finding.pairs.iter().map(|pair| pair.seconds);
        let (first, last) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
        let scale = (RIGHT - LEFT) / f64::from((last - first).max(1));
        let mut rows: Vec<Row> = Vec::new();
        for pair in &finding.pairs {
            let x = LEFT + f64::from(pair.seconds - first) * scale;
            if let Some(row) = rows.iter_mut().find(|row| row.leader == pair.leader) {
                row.marks.push(x);
            } else if rows.len() < ROWS {
                rows.push(Row { leader: pair.leader.clone(), y: STEP / 2 + rows.len() * STEP, marks: vec![x] });
            }
        }
        Timeline { height: rows.len() * STEP, rows }
    }
}

impl Finding {
    fn is_ahead(&self) -> bool {
        self.side == Side::Ahead
    }
}

/// Escapes characters that are no markup and still change the display, such as those that reverse the direction of the text.
fn clean(text: &str) -> Cow<'_, str> {
    escaped(text)
}
