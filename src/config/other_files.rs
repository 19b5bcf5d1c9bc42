//! TOML files of the commands, read like a policy: all problems at once, each with its place and the text to write.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::de;
use super::diagnostics::Diagnostics;
use super::document::Input;
use super::error::{ConfigError, Problem};
use super::files::Files;

/// Reads the text of a file as `T` and checks it. The result of `check` is valid only if there is no problem.
pub(crate) fn read<T: DeserializeOwned + Default, C>(
    file: &Path,
    text: String,
    check: impl FnOnce(T, &mut Diagnostics) -> C,
) -> Result<C, Vec<Problem>> {
    let input = Input { file: Some(file.to_owned()), text, environment: None };
    let mut diagnostics = Diagnostics::new(input.file.clone(), input.text.clone(), Files::default());
    let tree = input.parse(&mut diagnostics);
    let raw: Option<T> = de::read(tree, &mut diagnostics);
    let checked = check(raw.unwrap_or_default(), &mut diagnostics);
    let problems = |error: ConfigError| error.problems().to_vec();
    diagnostics.into_result().map(|_| checked).map_err(problems)
}
