//! Collects the problems and warnings of a configuration, each with its place.

mod make;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use self::make::abridge;
use super::error::{ConfigError, Problem};
use super::files::Files;
use super::place::{Document, Origin, Place, position};
use super::secrets::{self, Secrets};
use crate::util::escape::escaped;

/// Maximum number of reported problems. The others are reported after these are solved.
pub(super) const MAX_PROBLEMS: usize = 100;

/// The problems and warnings of a configuration, and the texts in which they occur.
#[derive(Debug)]
pub(crate) struct Diagnostics {
    documents: Vec<Document>,
    /// The number of the current document.
    reading: usize,
    places: Vec<Place>,
    problems: Vec<Problem>,
    /// Whether more problems exist than `problems` contains.
    has_more: bool,
    warnings: Vec<Problem>,
    files: Files,
}

impl Diagnostics {
    pub(super) fn new(file: Option<PathBuf>, text: String, files: Files) -> Self {
        Self {
            documents: vec![Document { file, text, secrets: Secrets::default() }],
            reading: 0,
            places: Vec::new(),
            problems: Vec::new(),
            has_more: false,
            warnings: Vec::new(),
            files,
        }
    }

    /// Begins an included document: places that are registered up to [`end_document`](Self::end_document) belong to it.
    pub(super) fn begin_document(&mut self, file: PathBuf, text: String) {
        self.reading = self.documents.len();
        self.documents.push(Document { file: Some(file), text, secrets: Secrets::default() });
    }

    /// Continues with the policy.
    pub(super) fn end_document(&mut self) {
        self.reading = 0;
    }

    fn document(&self, place: usize) -> &Document {
        &self.documents[self.places[place].document]
    }

    /// The included file that contains this place; `None` for a place in the policy itself.
    pub(super) fn included(&self, place: usize) -> Option<&Path> {
        self.document(place).file.as_deref().filter(|_| self.places[place].document > 0)
    }

    /// The folder for relative paths at this place.
    pub(super) fn folder(&self, place: usize) -> PathBuf {
        self.document(place).file.as_deref().and_then(Path::parent).map(Path::to_owned).unwrap_or_default()
    }

    /// Sets the secrets of the current document. Call this before any report, since a report shows text.
    pub(super) fn set_secrets(&mut self, secrets: Secrets) {
        self.documents[self.reading].secrets = secrets;
    }

    /// Reads a file that the value at this place names, and notes that the configuration depends on it. Reports a file
    /// that cannot be read.
    pub(super) fn read(&mut self, place: usize, path: &Path) -> Option<Vec<u8>> {
        self.read_or(place, path, "write a path relative to this file, or make it readable")
    }

    /// Like [`read`](Self::read), for an included file, which may not exist yet because a command writes it.
    pub(super) fn read_included(&mut self, place: usize, path: &Path) -> Option<Vec<u8>> {
        let is_missing = || path.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound);
        if self.files.may_lack_included && is_missing() {
            return None;
        }
        self.read_or(
            place,
            path,
            "write a path relative to this file, or make an empty file there until a command writes it",
        )
    }

    fn read_or(&mut self, place: usize, path: &Path, help: &str) -> Option<Vec<u8>> {
        match self.files.read(path) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.problem(place, format!("cannot read {}: {error}", path.display()), help);
                None
            }
        }
    }

    /// Notes that the configuration depends on a file that other code reads. Returns false if the file does not exist.
    #[cfg(feature = "discovery")]
    pub(super) fn depends_on(&mut self, path: &Path) -> bool {
        self.files.note(path);
        path.symlink_metadata().is_ok()
    }

    /// The files that the configuration depends on.
    pub(super) fn take_files(&mut self) -> Files {
        std::mem::take(&mut self.files)
    }

    /// Registers a place and returns its number.
    pub(super) fn place(&mut self, place: Place) -> usize {
        self.places.push(Place { document: self.reading, ..place });
        self.places.len() - 1
    }

    /// Reports a problem with the value at this place.
    pub(crate) fn problem(&mut self, place: usize, message: impl Into<String>, help: impl Into<String>) {
        if self.is_full() {
            // Each report searches the file for its line, which is too slow for 100,000 problems.
            self.has_more = true;
            return;
        }
        let found = self.found(place);
        let problem = self.made(place, found, message.into(), help.into());
        self.keep(problem);
    }

    /// Reports a problem with this text in the value at this place.
    pub(crate) fn problem_with(
        &mut self,
        place: usize,
        found: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.is_full() {
            self.has_more = true;
            return;
        }
        let found = match secrets::is_url_of_list(self.path(place)) {
            true => abridge(&secrets::shown_url(found)),
            false => abridge(found),
        };
        let problem = self.made(place, Some(found), message.into(), help.into());
        self.keep(problem);
    }

    /// Warns that the value at this place is valid but probably not intended.
    pub(super) fn warning(&mut self, place: usize, message: impl Into<String>, help: impl Into<String>) {
        if self.warnings.len() >= MAX_PROBLEMS {
            return;
        }
        let found = self.found(place);
        let warning = self.made(place, found, message.into(), help.into());
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// A place for a missing key: the top of the file.
    pub(crate) fn place_of_missing_key(&mut self, path: &str) -> usize {
        self.place(Place::in_file(path.to_owned(), 0..0))
    }

    /// Reports a key that is not allowed at this place.
    pub(super) fn bad_key(&mut self, place: usize, key: &str, message: impl Into<String>, help: impl Into<String>) {
        if let Origin::File { key, value } = &mut self.places[place].origin {
            *value = key.clone();
        }
        let problem =
            self.made(place, Some(abridge(&escaped(&secrets::without_url(key)))), message.into(), help.into());
        self.keep(problem);
    }

    /// Reports a problem in another file that the value at this place names, such as a list. `text` is the content of the
    /// file, if it could be read.
    pub(super) fn problem_in_file(&mut self, place: usize, text: Option<&[u8]>, problem: Problem) {
        let key = self.places[place].path.clone();
        #[cfg(feature = "cli")]
        let excerpt = text.and_then(|text| make::excerpt_of_list(text, problem.line()?, problem.found()));
        #[cfg(not(feature = "cli"))]
        let _ = text;
        self.keep(Problem {
            key,
            #[cfg(feature = "cli")]
            excerpt,
            ..problem
        });
    }

    /// Whether a problem with this key, or a key below it, was reported.
    pub(crate) fn concerns(&self, path: &str) -> bool {
        self.problems.iter().any(|problem| is_below(problem, path))
    }

    /// Like [`concerns`](Self::concerns), for the value at this place or a key of the table there. Only problems of the same
    /// document count, since an included document has keys of the same names.
    pub(super) fn concerns_at(&self, place: usize, key: Option<&str>) -> bool {
        let path = key.map_or_else(|| self.path(place).to_owned(), |key| format!("{}.{key}", self.path(place)));
        let document = self.places[place].document;
        self.problems.iter().any(|problem| self.number(problem) == document && is_below(problem, &path))
    }

    /// The number of the document that contains a problem. Problems with lists and variables belong to the policy.
    fn number(&self, problem: &Problem) -> usize {
        let is_file = |document: &Document| document.file == problem.file;
        self.documents[1..].iter().position(is_file).map_or(0, |number| number + 1)
    }

    /// The path of the key at this place.
    pub(crate) fn path(&self, place: usize) -> &str {
        &self.places[place].path
    }

    /// Whether an environment variable contains the value.
    pub(super) fn is_variable(&self, place: usize) -> bool {
        matches!(self.places[place].origin, Origin::Variable(_))
    }

    /// The line of the file that contains this place.
    pub(crate) fn line(&self, place: usize) -> Option<usize> {
        match &self.places[place].origin {
            Origin::File { value, .. } => Some(position(&self.document(place).text, value.start).0),
            Origin::Variable(_) => None,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS
    }

    /// Notes that more problems exist than were reported.
    pub(super) fn more(&mut self) {
        self.has_more = true;
    }

    /// Whether no problem was reported so far.
    pub(super) fn has_no_problem(&self) -> bool {
        self.problems.is_empty()
    }

    /// All problems as an error; the warnings if there is no problem.
    pub(super) fn into_result(mut self) -> Result<Vec<Problem>, ConfigError> {
        let has_no_problem = self.has_no_problem();
        let mut found = std::mem::take(if has_no_problem { &mut self.warnings } else { &mut self.problems });
        let order =
            |problem: &Problem| (problem.variable.clone(), self.number(problem), problem.position, problem.key.clone());
        found.sort_by_cached_key(order);
        if has_no_problem { Ok(found) } else { Err(ConfigError::of(found).with_more(self.has_more)) }
    }

    fn keep(&mut self, problem: Problem) {
        if self.problems.contains(&problem) {
            return;
        }
        if self.is_full() {
            self.has_more = true;
        } else {
            self.problems.push(problem);
        }
    }
}

/// Whether a problem is about this key or one below it.
fn is_below(problem: &Problem, path: &str) -> bool {
    problem.key.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
