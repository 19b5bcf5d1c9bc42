//! Format and options of a list: `format`, and the keys that select a part of the file.

use std::path::Path;

use ipnet::IpNet;

use super::missing::missing;
use crate::config::Problem;
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::RawList;
use crate::config::spanned::Spanned;
use crate::feeds::{self, Choice, FeedError, Format, ParseOptions, ParsedList, Selection};
use crate::scanners::Audience;

/// Reports format and options on a list with `ranges`, which has no format.
pub(super) fn none(raw: &RawList, diagnostics: &mut Diagnostics) {
    let format = raw.format.as_ref().map(|at| ("format", at.place));
    let options = given(raw).map(|(choice, place)| (choice.name(), place));
    for (name, place) in format.into_iter().chain(options) {
        diagnostics.problem(place, format!("`{name}` is for lists from a file or a URL"), "remove it");
    }
}

/// The parse options of a list. If the format is `auto`, [`options_fit`] checks the options later, against the detected
/// format.
pub(super) fn options(
    list: &Spanned<RawList>,
    base: ParseOptions,
    diagnostics: &mut Diagnostics,
) -> Option<ParseOptions> {
    let format = format(&list.value, diagnostics)?;
    let selection = selection(&list.value, diagnostics)?;
    (format == Format::Auto || options_fit(format, list, diagnostics)).then(|| base.format(format).selection(selection))
}

fn format(raw: &RawList, diagnostics: &mut Diagnostics) -> Option<Format> {
    match &raw.format {
        // A JSON path implies JSON of an unknown structure.
        None if raw.select.is_some() => Some(Format::JsonPath),
        None => Some(Format::Auto),
        Some(Spanned { value, place }) => match value.parse::<Format>() {
            Ok(format) => Some(format),
            Err(error) => {
                diagnostics.problem_with(*place, value, error.message(), error.help());
                None
            }
        },
    }
}

fn selection(raw: &RawList, diagnostics: &mut Diagnostics) -> Option<Selection> {
    if let Some(Spanned { value, place }) = &raw.select
        && let Err(error) = feeds::check_path(value)
    {
        diagnostics.problem_with(*place, value, error.message(), error.help());
        return None;
    }
    if let Some(zero) = raw.asn.iter().flat_map(|list| &list.value).find(|asn| asn.value == 0) {
        diagnostics.problem(zero.place, "AS 0 means \"not routed\"", "write the vendor's AS number");
        return None;
    }
    let mut selection = Selection::new().asn(raw.asn.iter().flat_map(|list| &list.value).map(|at| at.value));
    for (choice, Spanned { value, .. }) in texts(raw) {
        selection = selection.with(choice, value);
    }
    Some(selection)
}

/// Whether the format has a use for these options, and whether a required one is missing.
fn options_fit(format: Format, list: &Spanned<RawList>, diagnostics: &mut Diagnostics) -> bool {
    let mut fit = true;
    for (choice, place) in given(&list.value).filter(|(choice, _)| !format.uses(*choice)) {
        let help = match format.required() {
            Some(required) => format!("remove it, or write `{}` for this format", required.name()),
            None => "remove it, or name the format that it is meant for".to_owned(),
        };
        diagnostics.problem(place, format!("`{}` has no effect for the format `{format}`", choice.name()), help);
        fit = false;
    }
    let is_given = |choice| given(&list.value).any(|(other, _)| other == choice);
    if let Some(required) = format.required().filter(|choice| !is_given(*choice)) {
        let help = format!("name the part of the `{format}` list that is meant, such as `{}`", required.example());
        missing(list.place, required.name(), &help, diagnostics);
        fit = false;
    }
    fit
}

/// The options of the list that are set, with their places.
fn given(raw: &RawList) -> impl Iterator<Item = (Choice, usize)> {
    let asn = raw.asn.as_ref().filter(|list| !list.value.is_empty()).map(|at| (Choice::Asn, at.place));
    texts(raw).map(|(choice, text)| (choice, text.place)).chain(asn)
}

/// The options with text values.
fn texts(raw: &RawList) -> impl Iterator<Item = (Choice, &Spanned<String>)> {
    let texts = [
        (Choice::Service, &raw.service),
        (Choice::Tag, &raw.tag),
        (Choice::Key, &raw.key),
        (Choice::Direction, &raw.direction),
        (Choice::Product, &raw.product),
        (Choice::Select, &raw.select),
    ];
    texts.into_iter().filter_map(|(choice, text)| Some((choice, text.as_ref()?)))
}

/// Reads an operator's own list. Every bad line is a problem.
pub(super) fn from_file(
    list: &Spanned<RawList>,
    file: &Spanned<String>,
    path: &Path,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<IpNet>> {
    let options = options(list, ParseOptions::own(), diagnostics);
    let bytes = diagnostics.read(file.place, path)?;
    let listed = read(&bytes, list, options?, diagnostics)?;
    let listed = listed.map_err(|error| report(&error, file, (path, &bytes), diagnostics)).ok()?;
    if listed.is_advisory() && list.value.audience.unwrap_or_default() == Audience::Exclusive {
        let help = "write `audience = \"shared\"`";
        diagnostics.problem(list.place, "the list itself says that people use its ranges too", help);
    }
    if listed.counts().masked > 0 {
        let message = format!("{} prefixes of this list have host bits, which are masked", listed.counts().masked);
        diagnostics.warning(file.place, message, "write networks by their first address, such as `198.51.100.0/24`");
    }
    listed.problems().iter().for_each(|problem| report(problem, file, (path, &bytes), diagnostics));
    if listed.problem_count() > listed.problems().len() {
        diagnostics.more();
    }
    Some(listed.into_prefixes())
}

/// Parses the list. Returns `None` after reporting options that do not fit the detected format.
fn read(
    bytes: &[u8],
    list: &Spanned<RawList>,
    options: ParseOptions,
    diagnostics: &mut Diagnostics,
) -> Option<Result<ParsedList, FeedError>> {
    if !options.is_auto() {
        return Some(feeds::parse(bytes, &options));
    }
    match feeds::detect(bytes) {
        Ok(format) if options_fit(format, list, diagnostics) => Some(feeds::parse(bytes, &options.format(format))),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    }
}

/// Reports a problem with the whole file at its first line.
fn report(error: &FeedError, file: &Spanned<String>, (path, text): (&Path, &[u8]), diagnostics: &mut Diagnostics) {
    let found = error.found().map(str::to_owned);
    let problem = Problem::of_line(path, error.line().unwrap_or(1), found, error.message(), error.help());
    diagnostics.problem_in_file(file.place, Some(text), problem);
}
