//! Path patterns: `/admin` with all paths below it, `=/status` alone, `*` inside a segment, `**` across segments.

use std::fmt;

use globset::{Candidate, Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use super::needed::{Needed, Needs};
use super::variants::{PathVariant, PathVariants};
use super::wildcards::WildcardSet;
use crate::util::work;

/// One checked pattern.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Pattern {
    /// The path as written, without the `=`.
    path: String,
    exact: bool,
}

/// The reason why a pattern is refused, and the text to write instead.
#[derive(Debug)]
pub(crate) struct PatternError {
    pub(crate) message: String,
    pub(crate) help: String,
}

impl PatternError {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

impl Pattern {
    /// Parses one element of `paths`.
    pub(crate) fn parse(text: &str) -> Result<Self, PatternError> {
        let (exact, path) = match text.strip_prefix('=') {
            Some(path) => (true, path),
            None => (false, text),
        };
        if let Some((scheme, rest)) = path.split_once("://") {
            let fixed = rest.find('/').map_or("/", |at| &rest[at..]);
            let message = format!("a path pattern is a path, without `{scheme}` and host");
            return Err(PatternError::new(message, format!("write `{fixed}`, and the host in `hosts`")));
        }
        for sign in ["{", "(", "|", "^", "$", ".*", "\\d", "[^"] {
            if path.contains(sign) {
                let message = format!("`{sign}` is no wildcard here, and hardly part of a path");
                let help = "write `*` for text inside a segment, `**` for any number of segments; escape a character that \
                            the path really contains, such as `%7B` for `{`";
                return Err(PatternError::new(message, help));
            }
        }
        if !path.starts_with('/') {
            let front = if path.contains('*') { "/**" } else { "" };
            let fixed = format!("{}{front}/{path}", if exact { "=" } else { "" });
            return Err(PatternError::new("a path pattern begins with `/`, or with `=/`", format!("write `{fixed}`")));
        }
        if let Some(at) = path.find(['?', '#']) {
            let help = format!("write `{}`; the query does not take part in the match", &path[..at]);
            return Err(PatternError::new("a path pattern ends before the query and the fragment", help));
        }
        if path.contains('\\') {
            let help = format!("write `{}`", path.replace('\\', "/"));
            return Err(PatternError::new("the separator of a path pattern is `/`", help));
        }
        for segment in path.split('/') {
            if segment == "." || segment == ".." {
                let message =
                    format!("a `{segment}` segment can never match: patterns are compared with resolved paths");
                return Err(PatternError::new(message, "write the path that it leads to"));
            }
            if segment.contains("**") && segment != "**" {
                let single = path.replace(segment, &segment.replace("**", "*"));
                let help = format!("write `{single}`, or put `**` between slashes");
                return Err(PatternError::new("`**` stands for whole segments", help));
            }
        }
        Ok(Self { path: path.to_owned(), exact })
    }

    /// Whether every path that `other` covers is also covered by this pattern; `false` if this is not certain.
    pub(crate) fn covers(&self, other: &Pattern) -> bool {
        let (mine, theirs) = (folded_segments(self), folded_segments(other));
        if mine == theirs {
            return !self.exact || other.exact || self.has_wildcard();
        }
        !self.exact && !self.has_wildcard() && theirs.starts_with(&mine)
    }

    pub(super) fn is_exact(&self) -> bool {
        self.exact
    }

    /// Whether a path must be compared with this pattern, since the pattern cannot be looked up: it has a wildcard
    /// elsewhere than in a final `/**`.
    pub(crate) fn is_searched_for(&self) -> bool {
        self.path.strip_suffix("/**").unwrap_or(&self.path).contains('*')
    }

    fn has_wildcard(&self) -> bool {
        self.path.contains('*')
    }

    /// The pattern in normal form, and the needs of its match. It may contain escapes (`/caf%C3%A9`), so its variants
    /// are computed like those of a path.
    fn texts(&self) -> Vec<(String, Needed)> {
        let text = |variant: &PathVariant| (variant.as_str().to_owned(), Needed::of(variant.as_str()));
        PathVariants::of_pattern(&self.path).iter().map(text).collect()
    }

    /// The globs that match the paths of a pattern which is looked up.
    fn globs(&self) -> Result<Vec<(Glob, Needed)>, globset::Error> {
        let mut globs = Vec::new();
        for (text, needed) in self.texts() {
            let mut add = |text: &str| {
                globs.push((glob(text)?, needed.clone()));
                Ok(())
            };
            let literal = escape(&text);
            let literal = literal.trim_end_matches('/');
            if literal.is_empty() {
                add("/")?;
            } else {
                add(literal)?;
            }
            if let Some(parent) = literal.strip_suffix("/**") {
                add(if parent.is_empty() { "/" } else { parent })?;
            } else if !self.exact {
                add(&format!("{literal}/**"))?;
            }
        }
        Ok(globs)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.exact { "=" } else { "" }, self.path)
    }
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

/// The segments in the case in which patterns are compared.
pub(super) fn folded_segments(pattern: &Pattern) -> Vec<String> {
    segments(&pattern.path).into_iter().map(str::to_lowercase).collect()
}

/// In our patterns, everything except `*` is literal; globset has more wildcards.
fn escape(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, '?' | '[' | ']' | '{' | '}' | '!' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn glob(text: &str) -> Result<Glob, globset::Error> {
    // Case is folded on both sides before: globset's own folding would disable its fast literal matching.
    GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build()
}

/// All patterns of all rules, compiled into one set.
#[derive(Clone, Debug)]
pub(crate) struct PathSet {
    /// Patterns that are looked up.
    globs: GlobSet,
    /// Patterns that are searched. Their numbers follow after the last glob.
    wildcards: WildcardSet,
    /// For each glob and pattern, its rule, and the needs of its match.
    owners: Vec<(usize, Needed)>,
    /// For each glob and pattern, the number of its pattern in its rule.
    sources: Vec<usize>,
    /// The patterns of each rule.
    patterns: Vec<Box<[Pattern]>>,
}

impl PathSet {
    /// Compiles the patterns of rule 0, 1, 2 …
    pub(crate) fn compile<'a>(rules: impl IntoIterator<Item = &'a [Pattern]>) -> Result<Self, globset::Error> {
        let mut builder = GlobSetBuilder::new();
        let (mut owners, mut sources, mut all) = (Vec::new(), Vec::new(), Vec::new());
        let mut searched = Vec::new();
        for (rule, patterns) in rules.into_iter().enumerate() {
            for (number, pattern) in patterns.iter().enumerate() {
                if pattern.is_searched_for() {
                    searched.extend(pattern.texts().into_iter().map(|(text, needed)| (text, (rule, needed), number)));
                    continue;
                }
                for (glob, needed) in pattern.globs()? {
                    builder.add(glob);
                    owners.push((rule, needed));
                    sources.push(number);
                }
            }
            all.push(patterns.into());
        }
        let mut wildcards = Vec::new();
        for (text, owner, number) in searched {
            wildcards.push((text, owners.len()));
            owners.push(owner);
            sources.push(number);
        }
        let wildcards = WildcardSet::new(&wildcards);
        Ok(Self { globs: builder.build()?, wildcards, owners, sources, patterns: all })
    }

    /// The numbers of all globs and patterns that cover this variant.
    fn matches(&self, variant: &PathVariant) -> Vec<usize> {
        work::count(variant.as_str().len());
        let mut matched = self.globs.matches_candidate(&Candidate::new(variant.as_str()));
        matched.extend(self.wildcards.matches(variant.as_str()));
        matched
    }

    /// The patterns of a rule, as written.
    pub(crate) fn patterns(&self, rule: usize) -> &[Pattern] {
        &self.patterns[rule]
    }

    /// The first pattern of this rule that covers this variant.
    pub(crate) fn pattern_for(&self, rule: usize, variant: &PathVariant) -> Option<&Pattern> {
        let matched = self.matches(variant);
        let mine = matched.into_iter().filter(|glob| self.owners[*glob].0 == rule);
        mine.map(|glob| self.sources[glob]).min().map(|number| &self.patterns[rule][number])
    }

    /// The rules with a pattern for this variant, in their order, each once.
    pub(crate) fn rules_for(&self, variant: &PathVariant) -> Vec<usize> {
        let mut rules: Vec<usize> = self.matches(variant).into_iter().map(|glob| self.owners[glob].0).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// Adds the needs of these rules' patterns that cover this variant.
    pub(super) fn add_needs<'a>(
        &'a self,
        variant: &PathVariant,
        is_meant: impl Fn(usize) -> bool,
        needs: &mut Needs<'a>,
    ) {
        for glob in self.matches(variant) {
            work::count(1);
            let (rule, needed) = &self.owners[glob];
            if is_meant(*rule) {
                needs.add(needed);
            }
        }
    }

    /// The needs of all patterns of these rules, whether they cover a path or not.
    pub(super) fn all_needed(&self, is_meant: impl Fn(usize) -> bool) -> impl Iterator<Item = &Needed> {
        self.owners.iter().filter(move |(rule, _)| is_meant(*rule)).map(|(_, needed)| needed)
    }
}
