//! The options that select a part of a list.

/// An option that selects a part of a list.
///
/// ```
/// use actix_scanner_guard::feeds::{Choice, Format};
///
/// let choice: Choice = Format::IpToAsn.required().unwrap();
/// assert_eq!((choice.name(), choice.example()), ("asn", "asn = [16880]"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Choice {
    /// A service of AWS, bot-ip-blocks, Office 365 or sefinek's list.
    Service,
    /// An Azure service tag, or a tag of Oracle.
    Tag,
    /// A key of GitHub's meta document, a product of Datadog, or one of several named sets in a file.
    Key,
    /// AS numbers.
    Asn,
    /// Atlassian's `egress` or `ingress`.
    Direction,
    /// A product of Atlassian.
    Product,
    /// A JSON path.
    Select,
}

impl Choice {
    /// The name of its key in the TOML file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Choice::Service => "service",
            Choice::Tag => "tag",
            Choice::Key => "key",
            Choice::Asn => "asn",
            Choice::Direction => "direction",
            Choice::Product => "product",
            Choice::Select => "select",
        }
    }

    /// The key with a value, as written.
    #[must_use]
    pub fn example(self) -> &'static str {
        match self {
            Choice::Service => r#"service = "ROUTE53_HEALTHCHECKS""#,
            Choice::Tag => r#"tag = "ActionGroup""#,
            Choice::Key => r#"key = "hooks""#,
            Choice::Asn => "asn = [16880]",
            Choice::Direction => r#"direction = "egress""#,
            Choice::Product => r#"product = "email""#,
            Choice::Select => r#"select = "$.ips[*]""#,
        }
    }
}
