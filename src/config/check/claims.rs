//! `scanners.match`, and `agents` of a list: the bots that a user agent may name.

use super::selection::Selection;
use crate::agents::{Index, Named, significant};
use crate::catalog::{self, Agent};
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::{Match, RawList, RawScanners};
use crate::config::spanned::Spanned;
use crate::identity::{ClaimGroup, NamedBot};
use crate::scanners::Scanner;

/// Minimum number of letters and digits of a token, and maximum number of bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=64;

/// User agents of browsers. A token in one of them would match people.
const BROWSERS: [&str; 9] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 Edg/124.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; Ubuntu; rv:125.0) Gecko/20100101 Firefox/125.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML) CriOS/124.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 SamsungBrowser/24.0 Chrome/117.0.0.0 Mobile OPR/110.0 (compatible; MSIE 10.0)",
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 FxiOS/125.0 EdgiOS/124.0 GSA/319.0 DuckDuckGo/7 YaBrowser/24.4",
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; .NET4.0E; rv:11.0) like Gecko Vivaldi/7.6 Yowser/2.5 Electron/32.2 Slack_SSB/4.39",
    "Mozilla/5.0 (X11; CrOS x86_64; SMART-TV; Tizen 6.5; PlayStation; Xbox; wv) UCBrowser/13.4 MiuiBrowser/14.6 HuaweiBrowser/13.0 \
     [FB_IAB/FB4A;FBAN/FBIOS;FBAV/466.1] Instagram 336.0 MicroMessenger/8.0 KAKAOTALK 2410180 Line/13.16 BytedanceWebview/d8a21c6",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1; U; en) Presto/2.12 Version/12.16 Profile/MIDP-2.1 Configuration/CLDC-1.1 Windows Phone 10.0",
];

/// Words in many user agents that identify no bot.
const GENERIC: &str = "bot robot spider crawler";

/// `scanners.match`: the evidence by which a request matches a scanner.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matching {
    pub(super) by_address: bool,
    pub(super) by_agent: bool,
}

pub(super) fn matching(raw: &RawScanners, diagnostics: &mut Diagnostics) -> Matching {
    let Some(Spanned { value, place }) = &raw.r#match else { return Matching { by_address: true, by_agent: true } };
    let has = |wanted: Match| value.iter().any(|given| given.value == wanted);
    if value.is_empty() && !diagnostics.concerns(diagnostics.path(*place)) {
        let help = "write `match = [\"address\", \"agent\"]`, or leave the key out";
        diagnostics.problem(*place, "with this empty list, no request matches a scanner", help);
    }
    Matching { by_address: has(Match::Address), by_agent: has(Match::Agent) }
}

/// The bots of the catalog that are in use.
pub(super) fn known(selection: &Selection<'_>) -> Vec<ClaimGroup> {
    let selects =
        |agent: &Agent| agent.product().is_some_and(|product| selection.takes_claim(&product, agent.audience()));
    let in_use = catalog::agents().iter().enumerate().filter(|(_, agent)| selects(agent));
    let group = |(number, agent): (usize, &Agent)| {
        Some(ClaimGroup { scanner: agent.scanner()?, audience: agent.audience(), bot: NamedBot::Known(number) })
    };
    in_use.filter_map(group).collect()
}

/// The scanners that are recognized only by their user agents.
pub(super) fn without_ranges() -> impl Iterator<Item = (&'static Agent, Scanner)> {
    let unlisted = catalog::agents().iter().filter(|agent| catalog::find(agent.id()).is_none());
    unlisted.filter_map(|agent| Some((agent, agent.scanner()?)))
}

/// The bot of an operator's own list.
pub(super) fn own(
    list: &RawList,
    scanner: &Scanner,
    matching: Matching,
    diagnostics: &mut Diagnostics,
) -> Option<ClaimGroup> {
    let Spanned { value, place } = list.agents.as_ref()?;
    if value.is_empty() && !diagnostics.concerns(diagnostics.path(*place)) {
        let help = "name a product token such as `AcmeProbe/`, or remove the key";
        diagnostics.problem(*place, "this list is empty", help);
    }
    if !matching.by_agent {
        let help = "write `match = [\"address\", \"agent\"]` in `[scanners]`, or remove the key";
        diagnostics.problem(*place, "`scanners.match` does not contain `agent`", help);
    }
    for token in value {
        token_of(token, diagnostics);
    }
    let tokens = value.iter().map(|token| token.value.clone()).collect();
    let audience = list.audience.unwrap_or_default();
    Some(ClaimGroup { scanner: scanner.clone(), audience, bot: NamedBot::Own(tokens) })
}

/// Checks one product token.
fn token_of(token: &Spanned<String>, diagnostics: &mut Diagnostics) {
    let Spanned { value, place } = token;
    let text = significant(value.strip_prefix('^').unwrap_or(value));
    let letters = text.bytes().take_while(|byte| *byte != b'/').count();
    let is_plain = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if !is_plain || value.len() > *LENGTHS.end() || letters < *LENGTHS.start() || value.ends_with(' ') {
        let message = "a product token is a word of 3 to 64 ASCII characters";
        diagnostics.problem_with(
            *place,
            value,
            message,
            "write the name of the bot in the user agent, such as `AcmeProbe/`",
        );
        return;
    }
    let index = Index::new(std::iter::once(Named { tokens: vec![value], urls: &[], not_if: &[], is_tool: false }));
    let occurs_in = |agent: &str| !index.find(agent.as_bytes()).is_empty();
    if BROWSERS.into_iter().any(occurs_in) {
        let message = "browsers of people send this text too";
        diagnostics.problem_with(*place, value, message, "write a name that only the scanner's agent has");
    } else if occurs_in(GENERIC) {
        let message = "many user agents contain this word, so it identifies no bot";
        diagnostics.problem_with(*place, value, message, "write the whole name, such as `AcmeBot`");
    } else if let Some(known) = catalog::claims(value.as_bytes()).find(|agent| agent.tokens().contains(&value.as_str()))
    {
        let id = known.id();
        let help = format!(
            "write `use = [\"{id}\"]` in `[scanners]` and remove this token: the catalog also knows the proofs of this bot"
        );
        diagnostics.warning(*place, format!("this is the bot `{id}` of the catalog"), help);
    }
}
