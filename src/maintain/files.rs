//! The structure of the data files.

use std::fmt;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::agent_files::{AgentFile, AgentsFile};
use super::layout::Layout;
use crate::catalog::{Audience, Category, Certainty, JudgeOn};
use crate::util::prefix;

/// An unreadable or malformed file.
#[derive(Debug)]
pub struct FileError {
    file: PathBuf,
    message: String,
}

impl FileError {
    pub(super) fn new(file: &Path, message: impl fmt::Display) -> Self {
        Self { file: file.to_owned(), message: message.to_string().trim_end().to_owned() }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.message)
    }
}

impl std::error::Error for FileError {}

/// All data files.
#[derive(Debug)]
pub struct Data {
    /// By id.
    pub(super) vendors: Vec<VendorFile>,
    /// By id.
    pub(super) proxies: Vec<ProxyFile>,
    pub(super) agents: Vec<AgentFile>,
    /// By id.
    pub(super) unlisted: Vec<UnlistedFile>,
    pub(super) sources: SourcesFile,
    /// All ids that were ever used.
    pub(super) ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VendorFile {
    #[serde(skip)]
    pub(super) path: PathBuf,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) category: Category,
    pub(super) homepage: String,
    pub(super) purpose: String,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    #[serde(default)]
    pub(super) user_agents: Vec<String>,
    #[serde(default)]
    pub(super) reverse_dns: Vec<String>,
    #[serde(default)]
    pub(super) overlap: Vec<OverlapFile>,
    pub(super) ranges: Vec<GroupFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProxyFile {
    #[serde(skip)]
    pub(super) path: PathBuf,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) homepage: String,
    pub(super) note: String,
    pub(super) ranges: Vec<GroupFile>,
}

/// A vendor without ranges.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnlistedFile {
    #[serde(skip)]
    pub(super) path: PathBuf,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) category: Category,
    pub(super) homepage: String,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    pub(super) reason: String,
    pub(super) instead: String,
    pub(super) date: String,
    #[serde(default)]
    pub(super) near: Vec<Canonical>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OverlapFile {
    pub(super) with: String,
    pub(super) note: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupFile {
    pub(super) source: String,
    /// Ids in `sources.toml`.
    pub(super) from: Vec<String>,
    pub(super) date: String,
    /// Vendors always have one, proxies never.
    certainty: Option<Certainty>,
    audience: Option<Audience>,
    #[serde(default)]
    pub(super) judge_on: JudgeOn,
    /// The observation; ranges that are observed always have one.
    pub(super) observation: Option<String>,
    pub(super) note: Option<String>,
    pub(super) feed: Option<FeedFile>,
    pub(super) prefixes: Vec<Canonical>,
}

impl GroupFile {
    pub(super) fn certainty(&self) -> Certainty {
        self.certainty.unwrap_or(Certainty::Published)
    }

    /// The ranges of proxies are always shared.
    pub(super) fn audience(&self) -> Audience {
        self.audience.unwrap_or(Audience::Shared)
    }

    pub(super) fn nets(&self) -> impl Iterator<Item = IpNet> {
        self.prefixes.iter().map(|prefix| prefix.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedFile {
    pub(super) url: String,
    pub(super) format: String,
    pub(super) service: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) key: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourcesFile {
    pub(super) source: Vec<SourceFile>,
    pub(super) left_out: Vec<LeftOut>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceFile {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) url: Option<String>,
    pub(super) licence: String,
    pub(super) attribution: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LeftOut {
    pub(super) what: String,
    pub(super) why: String,
}

/// A prefix in its displayed form: without host bits, and with its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Canonical(pub(super) IpNet);

impl TryFrom<String> for Canonical {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let net = prefix::parse_strict(&text).map_err(|error| format!("`{text}`: {error}; {}", error.help()))?;
        if net.to_string() == text { Ok(Self(net)) } else { Err(format!("`{text}`: write `{net}`")) }
    }
}

impl Data {
    /// Reads all files.
    ///
    /// # Errors
    ///
    /// The first error: a file that cannot be read, or has another structure.
    pub fn read(layout: &Layout) -> Result<Self, FileError> {
        let mut data = Self {
            vendors: Vec::new(),
            proxies: Vec::new(),
            agents: Vec::new(),
            unlisted: Vec::new(),
            sources: parse(&layout.data().join("sources.toml"))?,
            ids: text(&layout.ids())?.lines().map(str::to_owned).collect(),
        };
        for folder in entries(&layout.data())?.into_iter().filter(|path| path.is_dir()) {
            for path in entries(&folder)? {
                if folder.ends_with("unlisted") {
                    data.unlisted.push(UnlistedFile { path: path.clone(), ..parse(&path)? });
                } else if folder.ends_with("proxies") {
                    let file: ProxyFile = parse(&path)?;
                    with_axes(&path, &file.ranges, false)?;
                    data.proxies.push(ProxyFile { path, ..file });
                } else {
                    let file: VendorFile = parse(&path)?;
                    with_axes(&path, &file.ranges, true)?;
                    data.vendors.push(VendorFile { path, ..file });
                }
            }
        }
        let agents = layout.data().join("agents.toml");
        if agents.exists() {
            data.agents = parse::<AgentsFile>(&agents)?.agent;
        }
        data.vendors.sort_by(|a, b| a.id.cmp(&b.id));
        data.proxies.sort_by(|a, b| a.id.cmp(&b.id));
        data.unlisted.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(data)
    }

    /// The ids of vendors and proxies, and the files' paths and groups.
    pub(super) fn holders(&self) -> impl Iterator<Item = (&str, &Path, &[GroupFile])> {
        let vendors = self.vendors.iter().map(|file| (file.id.as_str(), file.path.as_path(), file.ranges.as_slice()));
        let proxies = self.proxies.iter().map(|file| (file.id.as_str(), file.path.as_path(), file.ranges.as_slice()));
        vendors.chain(proxies)
    }

    /// Replaces the text of a file.
    pub(super) fn replace(&mut self, path: &Path, text: &str) -> Result<(), FileError> {
        if let Some(vendor) = self.vendors.iter_mut().find(|file| file.path == path) {
            *vendor = VendorFile { path: path.to_owned(), ..parse_text(path, text)? };
        }
        if let Some(proxy) = self.proxies.iter_mut().find(|file| file.path == path) {
            *proxy = ProxyFile { path: path.to_owned(), ..parse_text(path, text)? };
        }
        Ok(())
    }
}

fn with_axes(path: &Path, groups: &[GroupFile], wanted: bool) -> Result<(), FileError> {
    let right = |group: &GroupFile| group.certainty.is_some() == wanted && group.audience.is_some() == wanted;
    if groups.iter().all(right) {
        return Ok(());
    }
    let who = if wanted { "every range of a vendor has" } else { "no range of a proxy has" };
    Err(FileError::new(path, format!("{who} `certainty` and `audience`")))
}

pub(super) fn text(path: &Path) -> Result<String, FileError> {
    std::fs::read_to_string(path).map_err(|error| FileError::new(path, error))
}

fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, FileError> {
    parse_text(path, &text(path)?)
}

fn parse_text<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, FileError> {
    toml::from_str(text).map_err(|error| FileError::new(path, error))
}

/// The entries of a folder, by name.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let read = || std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
    let mut entries = read().map_err(|error| FileError::new(folder, error))?;
    entries.sort();
    Ok(entries)
}
