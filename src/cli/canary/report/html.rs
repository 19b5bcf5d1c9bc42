//! The report as an HTML page for the owner of the site: one file, without scripts.

use std::borrow::Cow;

use askama::Template;

use super::experiment::{ShownCaller, lag};
use super::{Report, ShownProof};
use crate::canary::Settings;
use crate::cli::failure::Failure;
use crate::cli::words::{counted, for_people};
use crate::util::escape::escaped;

/// The template escapes all texts: a client can choose any user agent, such as `<script>`.
#[derive(Template)]
#[template(path = "canary.html")]
struct Page<'a> {
    report: &'a Report,
    host: &'a str,
    days: u16,
    made: String,
}

pub(super) fn page(report: &Report, settings: &Settings, made: &str) -> Result<String, Failure> {
    let page = Page { report, host: &settings.host, days: settings.days, made: for_people(made) };
    page.render().map_err(|error| Failure::new(format!("the page cannot be made: {error}")))
}

impl Page<'_> {
    fn summary(&self) -> String {
        format!("{} read, {} of canaries", counted(self.report.requests, "request"), counted(self.report.hits, "hit"))
    }

    /// A single address without the length of a prefix, which the owner of a site does not need.
    fn range(&self, proof: &ShownProof) -> String {
        let range = proof.range;
        if range.prefix_len() == range.max_prefix_len() { range.addr().to_string() } else { range.to_string() }
    }

    fn when(&self, time: &str) -> String {
        for_people(time)
    }

    fn lag(&self, caller: &ShownCaller) -> String {
        caller.lag.map(lag).unwrap_or_default()
    }

    fn agent<'c>(&self, caller: &'c ShownCaller) -> Cow<'c, str> {
        escaped(caller.agent.as_deref().unwrap_or("not logged"))
    }
}

/// Escapes characters that are no markup and still change the display, such as those that reverse the direction of the text.
fn clean(text: &str) -> Cow<'_, str> {
    escaped(text)
}
