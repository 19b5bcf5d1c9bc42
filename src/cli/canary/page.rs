//! `canary page`: a link that no person sees, and where else programs read.

use std::io::Write;
use std::time::SystemTime;

use clap::Args;
use serde::Serialize;

use crate::canary::{self, Canary, Class, SERIALS};
use crate::cli::console::{BOLD, Console};
use crate::cli::failure::{Failure, Verdict};
use crate::cli::input::PolicyArg;

/// Make a link that no person sees, for crawlers that ignore robots.txt
#[derive(Debug, Args)]
#[command(after_help = "\
Who asks for it reads the page, the feed or the sitemap as a program does. That finds crawlers, and proves nothing about who passes \
URLs on: use `mint --class visit` for that. Give each place a serial of its own, so that you see by which one somebody came.")]
pub(super) struct PageArgs {
    #[command(flatten)]
    policy: PolicyArg,

    /// The number of the place, below 1048576
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(..i64::from(SERIALS)))]
    serial: u32,

    /// The day on which it begins, in UTC [default: today]
    #[arg(long, value_name = "DATE", value_parser = super::mint::day)]
    day: Option<SystemTime>,
}

#[derive(Serialize)]
struct Places {
    url: String,
    html: String,
    robots: String,
    feed: String,
    sitemap: String,
}

pub(super) fn run(args: &PageArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let settings = super::settings(&args.policy)?;
    let day = args.day.unwrap_or_else(SystemTime::now);
    let canary = Canary::new(Class::Page, day, args.serial)
        .ok_or_else(|| Failure::new("there is no canary of this day").help("days are from 1970 to 2149"))?;
    let url = settings.url(canary);
    let places = Places {
        html: canary::link(&settings.path(canary)),
        robots: canary::robots(&settings.prefix),
        feed: canary::feed_item(&url),
        sitemap: canary::sitemap_entry(&url, &canary.date()),
        url,
    };
    if console.is_json() {
        console.write_json(&places)?;
        return Ok(Verdict::Good);
    }
    let parts = [
        ("A link for a page; people do not see it", places.html.as_str()),
        ("For robots.txt, so that only those come who ignore it", places.robots.trim_end()),
        ("Or an item of a feed (RSS)", places.feed.as_str()),
        ("Or an entry of a sitemap", places.sitemap.as_str()),
    ];
    for (number, (title, text)) in parts.into_iter().enumerate() {
        let title = console.paint(BOLD, title);
        writeln!(console, "{}{title}:\n\n{text}", if number == 0 { "" } else { "\n" })?;
    }
    if settings.host.is_empty() {
        console.warn("feeds and sitemaps need whole URLs", Some("write `host = \"shop.example\"` under `[canary]`"));
    }
    Ok(Verdict::Good)
}
