//! Suggests a selector in place of an unknown one.

use ipnet::IpNet;

use super::known::{self, no_catalog};
use crate::catalog::{self, Preset, Vendor};
use crate::scanners::Category;
use crate::util::{prefix, suggest};

/// Maximum number of ids that an answer names.
const MAX_NAMED: usize = 12;

/// Signs and words for exclusions in other programs.
const NEGATIONS: [&str; 8] = ["!", "-", "~", "^", "not ", "no ", "without ", "except "];

/// A message and a help for an unknown selector.
pub(super) struct Advice {
    pub(super) message: &'static str,
    pub(super) help: String,
}

impl Advice {
    fn new(message: &'static str, help: impl Into<String>) -> Self {
        Self { message, help: help.into() }
    }

    /// Searches the catalog and the `own` lists for the intended scanner.
    pub(super) fn on(text: &str, own: &[&str]) -> Self {
        let (excludes, rest) = negation(text);
        let (bare, conditions) = rest.split_once('@').map_or((rest, ""), |(bare, conditions)| (bare, conditions));
        let bare = undecorated(bare);
        let whole = |name: &str| {
            let conditions = undecorated(conditions);
            let at = if conditions.is_empty() || excludes { "" } else { "@" };
            format!("{}{name}{at}{}", if excludes { "!" } else { "" }, if at.is_empty() { "" } else { conditions })
        };
        let write = |name: &str| format!("write `{}`", whole(name));
        if let Some(advice) = Self::on_other_things(bare, excludes) {
            return advice;
        }
        if let Some(name) = exact(bare, own) {
            let message = match name.split_once(':') {
                Some(_) if !bare.contains(':') => "this is a set of scanners, not a scanner",
                Some(("category", _)) => "unknown category",
                Some(_) => "unknown preset",
                None => "unknown scanner",
            };
            return Self::new(message, write(&name));
        }
        if let Some(several) = several(bare, own) {
            return Self::new("unknown scanner", format!("write each in quotes of its own: {several}"));
        }
        let set = bare.split_once(':').and_then(|(kind, name)| Self::on_set(kind, undecorated(name), &write));
        if let Some(advice) = set {
            return advice;
        }
        let ids: Vec<&str> = holding(bare);
        match ids[..] {
            [] => {}
            [id] => return Self::new("unknown scanner", write(id)),
            _ => {
                let shown = ids.iter().take(MAX_NAMED).map(|id| whole(id)).collect::<Vec<_>>();
                let more = if ids.len() > MAX_NAMED { " and others: see `scanner-guard catalog search`" } else { "" };
                let listed = suggest::list(shown.iter().map(String::as_str));
                return Self::new("unknown scanner", format!("write one of {listed}{more}"));
            }
        }
        let known = catalog::vendors().map(|vendor| vendor.scanner().id()).chain(own.iter().copied());
        if let Some(id) = suggest::nearest(bare, known) {
            return Self::new("unknown scanner", write(id));
        }
        let general = "write an id of the catalog or of a list of your own, `category:` and a category, `preset:` and a \
                       preset, or `all`";
        Self::new("unknown scanner", no_catalog().unwrap_or(general))
    }

    /// Texts that are not names of scanners: addresses, AS numbers, or words such as `none`.
    fn on_other_things(bare: &str, excludes: bool) -> Option<Self> {
        if let Ok(net) = prefix::read(bare) {
            let net = IpNet::trunc(&net);
            return Some(match excludes {
                true => Self::new("an address is no scanner", format!("write `allow = [\"{net}\"]` in `[scanners]`")),
                false => {
                    let help = format!(
                        "put it into a list: `[[scanners.list]]` with `id`, `category` and `ranges = [\"{net}\"]`"
                    );
                    Self::new("an address is no scanner", help)
                }
            });
        }
        let lower = bare.to_lowercase();
        let number = lower.trim_start_matches("asn").trim_start_matches("as").trim();
        if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
            let help = format!(
                "put its prefixes into a list: `[[scanners.list]]` with a `file` of prefixes by AS (iptoasn, ip-location-db) \
                 and `asn = [{number}]`"
            );
            return Some(Self::new("an AS number is no scanner", help));
        }
        match lower.as_str() {
            "*" | "**" | "any" | "anyone" | "everyone" | "everybody" | "everything" => {
                Some(Self::new("unknown scanner", "write `all`"))
            }
            "none" | "nobody" | "no one" | "nothing" | "off" => {
                Some(Self::new("unknown scanner", "write `use = []` for none at all"))
            }
            "" => Some(Self::new("this names no scanner", "remove it, or write an id such as `trend-micro`")),
            "default" | "defaults" | "security" => {
                let sign = if excludes { "!" } else { "" };
                let defaults: Vec<String> = known::defaults().map(|name| format!("\"{sign}{name}\"")).collect();
                let help = format!("write the categories that are the default: {}", defaults.join(", "));
                Some(Self::new("unknown scanner", help))
            }
            name if catalog::proxies().iter().any(|set| set.id() == name) => Some(Self::new(
                "this is a set of proxies, not a scanner",
                format!("name `{name}` in `client.trusted_proxies`"),
            )),
            _ => None,
        }
    }

    /// `kind:name`, where either is misspelled.
    fn on_set(kind: &str, name: &str, write: &impl Fn(&str) -> String) -> Option<Self> {
        let categories: Vec<&str> = Category::ALL.iter().map(|category| category.as_str()).collect();
        let presets: Vec<&str> = catalog::presets().iter().map(Preset::name).collect();
        let kind = kind.trim().to_lowercase();
        let (kind, message, known) = if kind.starts_with("cat") {
            ("category", "unknown category", categories)
        } else if kind.starts_with("pre") {
            ("preset", "unknown preset", presets)
        } else {
            return None;
        };
        let help = match suggest::nearest(name, known.iter().copied()) {
            Some(name) => write(&format!("{kind}:{name}")),
            None => format!("write `{kind}:` and one of {}", suggest::list(known)),
        };
        Some(Self::new(message, help))
    }
}

/// Whether the selector was meant as an exclusion, and the rest of its text.
fn negation(text: &str) -> (bool, &str) {
    let text = undecorated(text);
    let lower = text.to_ascii_lowercase();
    match NEGATIONS.iter().find(|sign| lower.starts_with(**sign)) {
        Some(sign) => (true, negation(&text[sign.len()..]).1),
        None => (false, text),
    }
}

/// The text without surrounding blanks, quotes and brackets.
pub(super) fn undecorated(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || suggest::is_quote_or_bracket(c))
}

/// The known selector that differs from this text only in case, hyphens, or a missing `category:` or `preset:`.
fn exact(bare: &str, own: &[&str]) -> Option<String> {
    let plain = |text: &str| text.to_lowercase().replace(['_', ' ', '.'], "-");
    let wanted = plain(bare);
    let wanted =
        ["id:", "list:", "vendor:", "scanner:"].iter().find_map(|kind| wanted.strip_prefix(kind)).unwrap_or(&wanted);
    let mut ids = catalog::vendors().map(|vendor| vendor.scanner().id()).chain(own.iter().copied());
    if let Some(id) = ids.find(|id| *id == wanted) {
        return Some(id.to_owned());
    }
    let categories = Category::ALL.iter().map(|category| format!("category:{category}"));
    let presets = catalog::presets().iter().map(|preset| format!("preset:{}", preset.name()));
    let singular = wanted.strip_suffix('s').unwrap_or(wanted);
    let is_it = |set: &String| {
        let (_, name) = set.split_once(':').unwrap_or_default();
        [wanted, singular].iter().any(|wanted| set == wanted || name == *wanted)
    };
    presets.chain(categories).find(is_it)
}

/// Several selectors in one text, each in quotes.
fn several(bare: &str, own: &[&str]) -> Option<String> {
    let parts: Vec<&str> = bare.split([',', ';', '|', ' ']).map(undecorated).filter(|part| !part.is_empty()).collect();
    if parts.len() < 2 {
        return None;
    }
    let parts: Option<Vec<String>> = parts.iter().map(|part| Some(format!("\"{}\"", exact(part, own)?))).collect();
    Some(parts?.join(", "))
}

/// The ids of all vendors whose id, name, user agent or domain contains the words.
fn holding(bare: &str) -> Vec<&'static str> {
    let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let host = bare.rsplit("//").next().unwrap_or_default().trim_start_matches("www.");
    let domain = host.split('/').next().unwrap_or_default();
    let words = plain(domain);
    if words.len() < 3 {
        return Vec::new();
    }
    let in_name = |vendor: &&Vendor| {
        let scanner = vendor.scanner();
        [scanner.id(), scanner.name()].iter().any(|name| plain(name).contains(&words))
    };
    let elsewhere = |vendor: &&Vendor| {
        let agents = vendor.user_agents().iter().copied().map(plain);
        let domains = vendor.reverse_dns().iter().copied().chain([vendor.homepage()]).map(plain);
        agents.chain(domains).any(|text| text.contains(&words))
    };
    let ids = |vendors: Vec<&'static Vendor>| vendors.iter().map(|vendor| vendor.scanner().id()).collect::<Vec<_>>();
    let named = ids(catalog::vendors().filter(in_name).collect());
    if named.is_empty() { ids(catalog::vendors().filter(elsewhere).collect()) } else { named }
}
