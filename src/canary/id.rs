//! What a canary is: class, day and serial.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// What a canary is for.
///
/// ```
/// use actix_scanner_guard::canary::Class;
///
/// assert_eq!(Class::Visit.as_str(), "visit");
/// assert_eq!("mail".parse::<Class>(), Ok(Class::Mail));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Class {
    /// Opened once, from the network that is suspected.
    Visit,
    /// Minted with others and never opened: a hit says that the list of them is known to somebody.
    Control,
    /// Sent by mail; the serial is the recipient.
    Mail,
    /// Posted in a chat.
    Chat,
    /// In a link of a page that no person sees.
    Page,
}

impl Class {
    pub(crate) const ALL: [Class; 5] = [Class::Visit, Class::Control, Class::Mail, Class::Chat, Class::Page];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Visit => "visit",
            Class::Control => "control",
            Class::Mail => "mail",
            Class::Chat => "chat",
            Class::Page => "page",
        }
    }

    fn code(self) -> u64 {
        match self {
            Class::Visit => 1,
            Class::Control => 2,
            Class::Mail => 3,
            Class::Chat => 4,
            Class::Page => 5,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The names that there are.
impl FromStr for Class {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|class| class.as_str() == text)
            .ok_or("write `visit`, `control`, `mail`, `chat` or `page`")
    }
}

const DAY: u64 = 24 * 60 * 60;

/// The largest serial and one more.
pub(crate) const SERIALS: u32 = 1 << 20;

/// How many serials make a batch.
pub(crate) const BATCH: u32 = 16;

/// One canary: what it is for, the day on which it was minted (UTC), and a serial. The same ones make the same token.
///
/// ```
/// use actix_scanner_guard::canary::{Canary, Class};
/// use std::time::{Duration, SystemTime};
///
/// let canary = Canary::new(Class::Mail, SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_000_000), 4711).unwrap();
/// assert_eq!(canary.to_string(), "mail 2026-11-30 4711");
/// assert_eq!((canary.class(), canary.serial()), (Class::Mail, 4711));
/// println!("minted on day {:?}, {:?}", canary.day(), canary.date());
/// assert!(Canary::new(Class::Mail, SystemTime::now(), 1 << 20).is_none(), "a serial is below 1,048,576");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Canary {
    class: Class,
    /// Since 1970.
    day: u16,
    serial: u32,
}

impl Canary {
    /// `None` if the serial is 1,048,576 or more, or the time before 1970 or after 2149.
    #[must_use]
    pub fn new(class: Class, minted: SystemTime, serial: u32) -> Option<Self> {
        let day = u16::try_from(minted.duration_since(UNIX_EPOCH).ok()?.as_secs() / DAY).ok()?;
        (serial < SERIALS).then_some(Self { class, day, serial })
    }

    /// What it is for.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// The beginning of the day on which it was minted.
    #[must_use]
    pub fn day(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(u64::from(self.day) * DAY)
    }

    /// Its serial.
    #[must_use]
    pub fn serial(&self) -> u32 {
        self.serial
    }

    /// The day as it is written: `2026-11-29`.
    #[must_use]
    pub fn date(&self) -> String {
        humantime::format_rfc3339_seconds(self.day()).to_string().chars().take(10).collect()
    }

    /// The canary with this name: `visit 2026-11-29 4711`, as it is shown.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let mut parts = name.split(' ');
        let class = parts.next()?.parse().ok()?;
        let day = humantime::parse_rfc3339(&format!("{}T00:00:00Z", parts.next()?)).ok()?;
        let serial = parts.next()?.parse().ok()?;
        Self::new(class, day, serial).filter(|_| parts.next().is_none())
    }

    /// Whether it is kept who asked for it. Canaries of other classes prove nothing.
    pub(crate) fn is_kept(self) -> bool {
        matches!(self.class, Class::Visit | Class::Control)
    }

    /// The canaries with which it was minted: the day, and 16 serials.
    pub(crate) fn batch(self) -> (u16, u32) {
        (self.day, self.serial / BATCH)
    }

    /// Whether it is good at this time: from the day before it was minted (clocks differ) for so many days.
    pub(crate) fn is_good(self, time: u64, days: u16) -> bool {
        let day = time / DAY;
        day + 1 >= u64::from(self.day) && day <= u64::from(self.day) + u64::from(days)
    }

    pub(super) fn to_bytes(self) -> [u8; 5] {
        let number = self.class.code() << 36 | u64::from(self.day) << 20 | u64::from(self.serial);
        let [.., a, b, c, d, e] = number.to_be_bytes();
        [a, b, c, d, e]
    }

    pub(super) fn from_bytes([a, b, c, d, e]: [u8; 5]) -> Option<Self> {
        let number = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
        let class = Class::ALL.into_iter().find(|class| class.code() == number >> 36)?;
        Some(Self { class, day: (number >> 20 & 0xFFFF) as u16, serial: (number & u64::from(SERIALS - 1)) as u32 })
    }
}

impl fmt::Display for Canary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.class, self.date(), self.serial)
    }
}

impl Serialize for Canary {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut canary = serializer.serialize_struct("Canary", 3)?;
        canary.serialize_field("class", &self.class)?;
        canary.serialize_field("day", &self.date())?;
        canary.serialize_field("serial", &self.serial)?;
        canary.end()
    }
}
