//! The report as an HTML page: one file without scripts, for screens of any size and for paper.

use std::net::IpAddr;

use askama::Template;

use super::rows::{BotRow, ClaimRow, Report};
use super::text;
use crate::access_log::Timestamp;
use crate::cli::failure::Failure;
use crate::cli::words::{counted, for_people, grouped, percent};
use crate::util::escape::escaped;

/// The template escapes all texts: clients choose their agents, and owners of addresses their reverse names.
#[derive(Template)]
#[template(path = "verify.html")]
struct Page<'a> {
    report: &'a Report<'a>,
    made: String,
    claims: &'a [ClaimRow<'a>],
    /// The sentence about claims that are left out.
    cut: Option<String>,
}

/// Renders the page; the table of claims is cut to `rows`.
pub(super) fn page(report: &Report<'_>, rows: usize) -> Result<String, Failure> {
    let made = for_people(&Timestamp::now().to_string());
    let claims = &report.claims[..report.claims.len().min(rows)];
    let cut = (claims.len() < report.claims.len()).then(|| {
        format!("The table shows {} of {} claims; --json shows all.", claims.len(), grouped(report.claims.len() as u64))
    });
    let page = Page { report, made, claims, cut };
    page.render().map_err(|error| Failure::new(format!("the page cannot be made: {error}")))
}

impl Page<'_> {
    fn summary(&self) -> String {
        let (all, naming) = (self.report.requests, self.report.naming);
        format!("{}, {} name a bot{}", counted(all, "request"), grouped(naming), percent(naming, all))
    }

    fn title(&self, bot: &BotRow<'_>) -> String {
        format!("{} {}, {}: {}", text::mark(bot.outcome), bot.name, bot.operator, bot.outcome.as_str())
    }

    fn addresses(&self, bot: &BotRow<'_>) -> String {
        let count = bot.addresses as u64;
        format!("{} address{}", grouped(count), if count == 1 { "" } else { "es" })
    }

    /// The parts of the bar of a bot: identity, position and width in percent of all its requests.
    fn parts(&self, bot: &BotRow<'_>) -> Vec<(&'static str, String, String)> {
        let counts = bot.counts;
        let parts = [
            ("verified", counts.verified),
            ("forged", counts.forged),
            ("claimed", counts.claimed),
            ("unproven", counts.unproven),
        ];
        let scale = 100.0 / bot.requests.max(1) as f64;
        let mut from = 0.0;
        let parts = parts.into_iter().filter(|(_, count)| *count > 0).map(|(what, count)| {
            let (at, width) = (from, count as f64 * scale);
            from += width;
            (what, format!("{at:.2}"), format!("{width:.2}"))
        });
        parts.collect()
    }

    fn shown(&self, address: &Option<IpAddr>) -> String {
        text::shown(*address)
    }

    /// Escapes characters that are no markup and still change the display, such as those that reverse the direction of the text.
    fn clean(&self, text: impl AsRef<str>) -> String {
        escaped(text.as_ref()).into_owned()
    }
}
