//! The identity of a canary: class, day and serial.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// The use of a canary.
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
    /// Opened once, from a network that you suspect.
    Visit,
    /// Made with others and never opened: a hit means that somebody knows the list of canaries.
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

/// Reads the name of a class.
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

/// The number of serials of a day. The largest serial is one less.
pub(crate) const SERIALS: u32 = 1 << 20;

/// The number of serials of a batch.
pub(crate) const BATCH: u32 = 16;

/// One canary: its class, the day on which it was minted (UTC), and a serial. The same values make the same token.
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
    /// Days since 1970.
    day: u16,
    serial: u32,
}

impl Canary {
    /// The canary with which a server is tested. It expired in 1970, so its hits prove nothing.
    pub(crate) const TEST: Self = Self { class: Class::Page, day: 0, serial: 0 };

    /// `None` if the serial is 1,048,576 or more, or the time before 1970 or after 2149.
    #[must_use]
    pub fn new(class: Class, minted: SystemTime, serial: u32) -> Option<Self> {
        let day = u16::try_from(minted.duration_since(UNIX_EPOCH).ok()?.as_secs() / DAY).ok()?;
        (serial < SERIALS).then_some(Self { class, day, serial })
    }

    /// Its class.
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

    /// The day as text: `2026-11-29`.
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

    /// Whether its hits are written to the file of findings. Canaries of other classes prove nothing.
    pub(crate) fn is_stored(self) -> bool {
        matches!(self.class, Class::Visit | Class::Control)
    }

    /// The batch with which it was minted: the day, and the number of a group of 16 serials.
    pub(crate) fn batch(self) -> (u16, u32) {
        (self.day, self.serial / BATCH)
    }

    /// Whether it is valid at this time: from the day before it was minted (clocks differ) until this number of days after it.
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
