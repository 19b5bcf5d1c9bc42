//! The rules of claims in a form that is easy to read: the expected results of [`Index`].

use proptest::prelude::*;

use super::{Index, MAX_AGENT, MAX_CLAIMS, Named, significant};
use crate::catalog;

fn fold(byte: u8) -> u8 {
    if byte == b'+' { b' ' } else { byte.to_ascii_lowercase() }
}

fn folded(text: &str) -> Vec<u8> {
    text.bytes().map(fold).collect()
}

fn contains(text: &[u8], part: &str) -> bool {
    text.windows(part.len()).any(|window| window == folded(part))
}

/// The part that is read: 512 bytes, without a word that continues after them.
fn read(agent: &[u8]) -> &[u8] {
    let mut end = agent.len().min(MAX_AGENT);
    if agent.len() > MAX_AGENT && agent[MAX_AGENT].is_ascii_alphanumeric() {
        while end > 0 && agent[end - 1].is_ascii_alphanumeric() {
            end -= 1;
        }
    }
    &agent[..end]
}

/// Whether a byte belongs to a URL, a mail address or an application's id.
fn blanked(text: &[u8]) -> Vec<bool> {
    let mut blanked = vec![false; text.len()];
    let mut at = 0;
    while at < text.len() {
        let starts = ["http://", "https://", "www.", "appid: "].into_iter();
        let Some(start) = starts.map(str::as_bytes).find(|start| text[at..].starts_with(start)) else {
            at += 1;
            continue;
        };
        let mut end = at + start.len();
        while end < text.len() && !b" ;,()<>\"'".contains(&text[end]) {
            end += 1;
        }
        blanked[at..end].fill(true);
        at = end;
    }
    for at in (0..text.len()).filter(|at| text[*at] == b'@') {
        let in_mail = |byte: &&u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
        let before = text[..at].iter().rev().take_while(in_mail).count();
        let after = text[at + 1..].iter().take_while(in_mail).count();
        blanked[at - before..=at + after].fill(true);
    }
    blanked
}

/// A bot with its tokens in the form in which they are compared.
struct Bot<'a> {
    named: Named<'a>,
    tokens: Vec<(bool, Vec<u8>)>,
}

impl<'a> From<Named<'a>> for Bot<'a> {
    fn from(named: Named<'a>) -> Self {
        let token = |token: &&str| {
            let (is_first, token) = token.strip_prefix('^').map_or((false, *token), |token| (true, token));
            (is_first, folded(significant(token)))
        };
        Self { tokens: named.tokens.iter().map(token).collect(), named }
    }
}

/// The length of the token if it occurs at this place, at the beginning of a word, as a claim of this bot or after `like`.
fn token_at(
    text: &[u8],
    blanked: &[bool],
    at: usize,
    (is_first, token): &(bool, Vec<u8>),
    bot: &Bot<'_>,
) -> Option<usize> {
    let stands = token.len() > 2 && text[at..].starts_with(token) && (!is_first || at == 0);
    if !stands {
        return None;
    }
    let is_word = |at: usize| text.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let ends = token.last().is_some_and(|byte| !byte.is_ascii_alphanumeric()) || !is_word(at + token.len());
    let is_vetoed = bot.named.not_if.iter().any(|other| contains(text, other));
    (ends && !blanked[at] && (is_likeness(text, at) || !is_vetoed)).then_some(token.len())
}

fn is_likeness(text: &[u8], at: usize) -> bool {
    text[..at].ends_with(b"like ") || text[..at].ends_with(b"following ")
}

fn claims(bots: &[Bot<'_>], agent: &[u8]) -> Vec<usize> {
    let text: Vec<u8> = read(agent).iter().copied().map(fold).collect();
    let blanked = blanked(&text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let is_word = |at: usize| text[at].is_ascii_alphanumeric();
        if !is_word(at) || at > 0 && is_word(at - 1) {
            at += 1;
            continue;
        }
        let here = bots.iter().enumerate().flat_map(|(number, bot)| {
            let lengths = bot.tokens.iter().filter_map(|token| token_at(&text, &blanked, at, token, bot));
            lengths.map(move |length| (length, number)).collect::<Vec<_>>()
        });
        // The longest token counts; of equal ones, the token of the first bot.
        match here.max_by_key(|(length, number)| (*length, std::cmp::Reverse(*number))) {
            Some((length, _)) if is_likeness(&text, at) => at += length,
            Some((length, number)) => {
                found.push(number);
                at += length;
            }
            None => at += 1,
        }
    }
    if found.is_empty() {
        found = by_url(bots, &text);
    }
    let mut once = Vec::new();
    found.into_iter().for_each(|number| {
        if once.len() < MAX_CLAIMS && !once.contains(&number) {
            once.push(number);
        }
    });
    if once.iter().any(|number| !bots[*number].named.is_tool) {
        once.retain(|number| !bots[*number].named.is_tool);
    }
    once
}

/// A part of a URL begins like a word, after the signs with which it may begin.
fn by_url(bots: &[Bot<'_>], text: &[u8]) -> Vec<usize> {
    let is_letter = |at: usize| text[at].is_ascii_alphabetic();
    let mut found = Vec::new();
    for at in (0..text.len()).filter(|at| is_letter(*at) && !(*at > 0 && is_letter(*at - 1))) {
        for (number, bot) in bots.iter().enumerate() {
            let stands = |url: &&&str| {
                let signs = url.len() - url.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).len();
                at.checked_sub(signs).is_some_and(|start| text[start..].starts_with(&folded(url)))
            };
            if bot.named.urls.iter().any(|url| stands(&url)) {
                found.push(number);
            }
        }
    }
    found
}

fn assert_same(bots: &[Bot<'_>], index: &Index, agent: &[u8]) {
    let found: Vec<usize> = index.find(agent).iter().collect();
    assert_eq!(found, claims(bots, agent), "{:?}", String::from_utf8_lossy(agent));
}

fn catalog() -> Vec<Bot<'static>> {
    catalog::named().map(Bot::from).collect()
}

/// Parts of agents: every token, URL and exception of the catalog, and the text around them.
fn parts() -> Vec<String> {
    let texts = [
        "Mozilla/5.0 (",
        "compatible; ",
        "AppleWebKit/537.36 (KHTML, like Gecko)",
        "Chrome/124.0.0.0",
        "following ",
        "AppID: appid: ",
        "a@b.example ",
        "+http://www.google.com/bot.html)",
    ];
    let signs = [
        "like ", "like+", " ", " ", " ", "; ", "/", "/1.0", "+", "(", ")", "\"", "'", ",", "<", ">", "-", "_", ".",
        ":", "http://", "https://", "HTTP://", "www.", "WWW.", "wwww.", "appid: ", "appid:+", "s~x", "@", "@@", "x",
        "7", "\u{e9}", "\u{1b}", "\0", "~", "[", "`", "bot.html",
    ];
    let of_bot = |bot: Named<'static>| [bot.tokens, bot.urls.to_vec(), bot.not_if.to_vec()].concat();
    let all = texts.into_iter().chain(signs).chain(catalog::named().flat_map(of_bot));
    all.map(|part| part.trim_start_matches('^').to_owned()).collect()
}

/// Agents of up to some 1,500 bytes from these parts, in any case, with `+` for blanks.
fn agent(parts: Vec<String>, around: usize) -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![3 => 0..around, 2 => 0..parts.len()];
    let one = (part, 0..8_u8, any::<u8>());
    prop::collection::vec(one, 0..12).prop_flat_map(move |chosen| {
        let mut text = Vec::new();
        for (number, change, byte) in chosen {
            let part = &parts[number];
            match change {
                0 => text.extend(part.to_uppercase().bytes()),
                1 => text.extend(part.to_lowercase().bytes()),
                2 => text.extend(part.replace(' ', "+").bytes()),
                3 => text.push(byte),
                4 => text.extend(part.bytes().take(part.len().saturating_sub(1))),
                _ => text.extend(part.bytes()),
            }
        }
        prop_oneof![4 => Just(0), 1 => 440..520_usize].prop_map(move |shift| [&vec![b' '; shift][..], &text].concat())
    })
}

#[test]
fn tokens_are_found_alone_and_in_a_browsers_agent() {
    let (bots, index) = (catalog(), Index::new(catalog::named()));
    for part in parts() {
        for agent in [
            part.clone(),
            format!("Mozilla/5.0 (compatible; {part}/1.0; +https://bots.example)"),
            format!("{part} {part}"),
            format!("7{part}"),
            format!("{part}7"),
            format!("-{part}-"),
            format!("{}{part}", " ".repeat(MAX_AGENT - part.len())),
            format!("{}{part}", " ".repeat(MAX_AGENT + 1 - part.len())),
            format!("{}{part} Googlebot", "x".repeat(MAX_AGENT - 3)),
        ] {
            assert_same(&bots, &index, agent.as_bytes());
        }
    }
}

#[test]
fn people_are_read_as_the_rules_say() {
    let (bots, index) = (catalog(), Index::new(catalog::named()));
    for agent in include_str!("../../tests/data/people.txt").lines() {
        assert_same(&bots, &index, agent.as_bytes());
    }
}

/// Tokens of an operator: short ones, with digits, blanks and signs, one of them the beginning of another.
#[test]
fn an_operators_tokens_are_found() {
    let sets: [&[&str]; 6] = [
        &["360", "360/", "360/spider", "3-4foo", "4foo", "007"],
        &["abc", "abc/", "abc/def", "abc def", "a b", "a b c", "^abc", "a+b"],
        &["9a1", "1-2-3 bot", "3M-Probe", "x", "xy", "x1"],
        &["Foo/", "360Spider", "Foo/360Spider", "bar"],
        &["\u{e9}clair", "caf\u{e9}", ".NET Framework", "(probe", "^(probe"],
        &["a b c d e f g h i", "a+b+c", "abc~def", "abc\u{7f}def", "ABC@DEF"],
    ];
    for set in sets {
        let named = |token: &&'static str| Named {
            tokens: vec![token],
            urls: &["//abc.example"],
            not_if: &["veto"],
            is_tool: false,
        };
        let bots: Vec<Bot<'_>> = set.iter().map(named).map(Bot::from).collect();
        let index = Index::new(set.iter().map(named));
        for one in set {
            for other in set {
                for between in ["", " ", "/", "-", "7", "x", "+", " veto ", "http://abc.example/"] {
                    let agent = format!("{one}{between}{other}").replace('^', "");
                    assert_same(&bots, &index, agent.as_bytes());
                    assert_same(&bots, &index, agent.replace(' ', "+").to_uppercase().as_bytes());
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_agent_is_read_as_the_rules_say(agent in agent(parts(), 48)) {
        assert_same(&catalog(), &catalog::tokens(), &agent);
    }

    #[test]
    fn any_bytes_are_read_as_the_rules_say(agent in prop::collection::vec(any::<u8>(), 0..600)) {
        assert_same(&catalog(), &catalog::tokens(), &agent);
    }
}
