//! The log line of one decision. The guard writes it, and `explain --reference` reads it.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::net::IpAddr;

use ipnet::IpNet;

use crate::identity::Identity;
use crate::policy::Action;
use crate::util::escape::Reversible;

/// Maximum number of characters of a path that are logged.
const MAX_PATH: usize = 256;

/// The text in the message in place of a rule, if no rule decided.
pub(crate) const DEFAULT_ACTION: &str = "default_action";

/// The log line of one decision: `blocked GET /x from 150.70.66.183 (trend-micro, 150.70.0.0/16) by admin, reference
/// K7QM-9XRD`. If the user agent names the scanner, the identity follows after the network, and also the reason why a
/// signature is not verified: `(google-googlebot, 66.249.64.0/27, verified, signature expired)`.
///
/// Method, path, scanner and rule are words without blanks, with backslash escapes, so that no request and no configuration
/// can forge another part of the line. [`FromStr`](std::str::FromStr) (feature `cli`) is the inverse of [`Display`](fmt::Display).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecisionLine<'a> {
    pub(crate) outcome: Outcome,
    pub(crate) method: Cow<'a, str>,
    /// The whole path, or its beginning if the line contains no more.
    pub(crate) path: Cow<'a, str>,
    /// The length of the whole path in bytes, if `path` is its beginning.
    pub(crate) cut_from: Option<usize>,
    pub(crate) address: IpAddr,
    /// The scanner's id.
    pub(crate) scanner: Cow<'a, str>,
    pub(crate) network: IpNet,
    /// The identity of the sender, if the user agent names the scanner.
    pub(crate) identity: Option<Identity>,
    /// The reason why its signature is not verified, if it has one.
    pub(crate) signature: Option<Cow<'a, str>>,
    /// The id of the rule that decided, or `default_action`.
    pub(crate) rule: Cow<'a, str>,
    pub(crate) reference: Cow<'a, str>,
}

/// The outcome for the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Blocked,
    WouldBlock,
    Decoyed,
    WouldDecoy,
    Tagged,
    Allowed,
}

impl Outcome {
    #[cfg(feature = "cli")]
    const ALL: [Self; 6] =
        [Self::Blocked, Self::WouldBlock, Self::Decoyed, Self::WouldDecoy, Self::Tagged, Self::Allowed];

    pub(crate) fn of(action: Action, enforced: bool) -> Self {
        match (action, enforced) {
            (Action::Block, true) => Self::Blocked,
            (Action::Block, false) => Self::WouldBlock,
            (Action::Decoy, true) => Self::Decoyed,
            (Action::Decoy, false) => Self::WouldDecoy,
            (Action::Tag, _) => Self::Tagged,
            (Action::Allow, _) => Self::Allowed,
        }
    }

    /// The first word of the line.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::WouldBlock => "would block",
            Self::Decoyed => "decoyed",
            Self::WouldDecoy => "would decoy",
            Self::Tagged => "tagged",
            Self::Allowed => "allowed",
        }
    }
}

impl fmt::Display for DecisionLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { outcome, method, path, cut_from, address, scanner, network, identity, signature, rule, reference } =
            self;
        write!(f, "{} {} ", outcome.as_str(), Word(method))?;
        write_path(path, *cut_from, f)?;
        let (scanner, rule) = (Word(scanner), Word(rule));
        write!(f, " from {address} ({scanner}, {network}")?;
        identity.iter().try_for_each(|identity| write!(f, ", {identity}"))?;
        signature.iter().try_for_each(|reason| write!(f, ", signature {}", Word(reason)))?;
        write!(f, ") by {rule}, reference {reference}")
    }
}

fn write_path(path: &str, cut_from: Option<usize>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let end = path.char_indices().nth(MAX_PATH).map_or(path.len(), |(end, _)| end);
    write!(f, "{}", Word(&path[..end]))?;
    match cut_from.or((end < path.len()).then_some(path.len())) {
        Some(length) => write!(f, "… ({length} bytes)"),
        None => Ok(()),
    }
}

/// Escaped text without blanks and ellipses.
struct Word<'a>(&'a str);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.split_inclusive([' ', '…']) {
            let plain = part.trim_end_matches([' ', '…']);
            write!(f, "{}", Reversible(plain))?;
            match &part[plain.len()..] {
                "" => {}
                " " => f.write_str("\\u{20}")?,
                _ => f.write_str("\\u{2026}")?,
            }
        }
        if self.0.is_empty() { f.write_char('-') } else { Ok(()) }
    }
}

#[cfg(feature = "cli")]
mod parse {
    use std::borrow::Cow;
    use std::str::FromStr;

    use super::{DecisionLine, Outcome};
    use crate::util::escape::unescaped;

    /// The text is not the line of a decision.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct NoDecisionLine;

    impl FromStr for DecisionLine<'static> {
        type Err = NoDecisionLine;

        fn from_str(text: &str) -> Result<Self, NoDecisionLine> {
            parse(text).ok_or(NoDecisionLine)
        }
    }

    impl DecisionLine<'static> {
        /// Finds the line with this reference in a text to which a logger has added text.
        pub(crate) fn find(text: &str, reference: &str) -> Option<Self> {
            let end = text.find(&format!(", reference {reference}"))? + ", reference ".len() + reference.len();
            // A logger's prefix may contain a verb too, so all of them are tried.
            let verbs = Outcome::ALL.into_iter().flat_map(|outcome| text[..end].match_indices(outcome.as_str()));
            let mut starts: Vec<usize> = verbs.map(|(start, _)| start).collect();
            starts.sort_unstable();
            let mut starts = starts.into_iter().filter(|start| is_from_logger(&text[..*start]));
            starts.find_map(|start| text[start..end].parse().ok())
        }
    }

    /// Whether only a logger wrote the text before a record. A client may send a forged record as its user agent. An
    /// access log has the user agent in quotes after a request, and the record of a canary has it after `agent=`.
    fn is_from_logger(before: &str) -> bool {
        let ends_a_prefix = ["scanner_guard: ", "scanner_guard] ", "msg=\"", "message=\""];
        let is_quoted = before.contains('"') && !ends_a_prefix.iter().any(|end| before.ends_with(end));
        !is_quoted && !before.contains("agent=") && !before.contains(" HTTP/")
    }

    fn parse(text: &str) -> Option<DecisionLine<'static>> {
        let after = |outcome: Outcome| text.strip_prefix(outcome.as_str())?.strip_prefix(' ');
        let (outcome, rest) = Outcome::ALL.into_iter().find_map(|outcome| Some((outcome, after(outcome)?)))?;
        let (method, rest) = rest.split_once(' ')?;
        let (path, rest) = rest.split_once(' ')?;
        let (path, cut_from, rest) = match path.strip_suffix('…') {
            Some(path) => {
                let (length, rest) = rest.strip_prefix('(')?.split_once(" bytes) ")?;
                (path, Some(length.parse().ok()?), rest)
            }
            None => (path, None, rest),
        };
        let (address, rest) = rest.strip_prefix("from ")?.split_once(" (")?;
        let (scanner, rest) = rest.split_once(", ")?;
        let (network, rest) = rest.split_once(") by ")?;
        let mut known = network.split(", ");
        let network = known.next()?;
        let (mut identity, mut signature) = (None, None);
        for part in known {
            match part.strip_prefix("signature ") {
                Some(reason) => signature = Some(word(reason)),
                None => identity = Some(part.parse().ok()?),
            }
        }
        let (rule, reference) = rest.split_once(", reference ")?;
        if rule.contains(' ') || reference.contains(' ') {
            return None;
        }
        Some(DecisionLine {
            outcome,
            method: word(method),
            path: word(path),
            cut_from,
            address: address.parse().ok()?,
            scanner: word(scanner),
            network: network.parse().ok()?,
            identity,
            signature,
            rule: word(rule),
            reference: Cow::Owned(reference.to_owned()),
        })
    }

    fn word(text: &str) -> Cow<'static, str> {
        Cow::Owned(unescaped(text))
    }
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::By;

    fn line() -> impl Strategy<Value = DecisionLine<'static>> {
        let outcome = prop::sample::select(Outcome::ALL.to_vec());
        let identity = prop::option::of(prop::sample::select(vec![Identity::Verified(By::List), Identity::Forged]));
        let text = || "[ -~…é\u{202e}\n\\\\]{1,300}";
        let signature = prop::option::of(Just("signature-agent-unquoted"));
        (outcome, text(), text(), any::<IpAddr>(), text(), (0_u8..=32, identity, signature), text()).prop_map(
            |(outcome, method, path, address, scanner, (length, identity, signature), rule)| DecisionLine {
                outcome,
                method: method.into(),
                path: path.into(),
                cut_from: None,
                address,
                scanner: scanner.into(),
                network: IpNet::new(address, length).expect("at most 32 or 128").trunc(),
                identity,
                signature: signature.map(Into::into),
                rule: rule.into(),
                reference: "K7QM-9XRD".into(),
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(line in line(), prefix in "[ !#-~]{0,40}", suffix in "( \\|.*|\")?") {
            let written = line.to_string();
            let read: DecisionLine<'_> = written.parse().unwrap();
            let cut: String = line.path.chars().take(MAX_PATH).collect();
            let cut_from = (cut.len() < line.path.len()).then_some(line.path.len());
            prop_assert_eq!(&read, &DecisionLine { path: cut.into(), cut_from, ..line });
            // A line that was cut once is written unchanged.
            prop_assert_eq!(read.to_string(), written.clone());
            let logged = format!("{prefix}: {written}{suffix}");
            prop_assert_eq!(DecisionLine::find(&logged, "K7QM-9XRD"), Some(read));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = text.parse::<DecisionLine<'_>>();
            let _ = DecisionLine::find(&text, "K7QM-9XRD");
        }
    }
}
