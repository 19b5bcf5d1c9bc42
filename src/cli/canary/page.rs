//! `canary page`: makes a hidden link, and entries for robots.txt, feeds and sitemaps, which only programs read.

use std::io::Write;
use std::time::SystemTime;

use clap::Args;
use serde::Serialize;

use crate::canary::{self, Canary, Class, SERIALS};
use crate::cli::console::{BOLD, Console};
use crate::cli::failure::{Failure, Verdict};
use crate::cli::input::PolicyArg;

/// Make a link that people do not see, to find crawlers that ignore robots.txt
#[derive(Debug, Args)]
#[command(after_help = "\
Only programs that read the page, the feed or the sitemap request this link. It finds crawlers. It does not prove that somebody passes \
URLs on: use `mint --class visit` for that. Give each place its own serial, so that a hit shows the place.")]
pub(super) struct PageArgs {
    #[command(flatten)]
    policy: PolicyArg,

    /// The serial of the place in which you put the link, below 1048576
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(..i64::from(SERIALS)))]
    serial: u32,

    /// The first day on which it is valid, in UTC [default: today]
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
        ("For robots.txt, so that only crawlers that ignore it request the link", places.robots.trim_end()),
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
