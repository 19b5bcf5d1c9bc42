//! Runs the command, and compares its output with snapshots.

use std::path::{Path, PathBuf};

use snapbox::cmd::{Command, cargo_bin};
use snapbox::{Assert, Data};

/// The folder for relative paths in the tests.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cli/in")
}

/// The command, in this folder and without environment variables that could change its behaviour.
pub(crate) fn command(arguments: &[&str]) -> Command {
    Command::new(cargo_bin!("scanner-guard")).env_clear().current_dir(folder()).args(arguments)
}

/// The result of a call: exit code, standard output and standard error.
pub(crate) fn run(command: Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Compares the result of a call with `tests/data/cli/NAME.txt`. `SNAPSHOTS=overwrite` writes it.
pub(crate) fn expect(name: &str, arguments: &[&str], input: &str) {
    let (code, out, err) = run(command(arguments).stdin(input.to_owned()));
    let quoted = arguments.iter().map(|argument| match argument.contains([' ', '\'', '*', '"', '$']) {
        true => format!("\"{}\"", argument.replace('"', "\\\"")),
        false => (*argument).to_owned(),
    });
    let call = quoted.collect::<Vec<_>>().join(" ").replace('\u{1b}', "\\e");
    let err = if err.is_empty() { err } else { format!("--- standard error\n{err}") };
    let found = format!("$ scanner-guard {call}\n{out}{err}--- exit code {code}\n");
    // A terminal would obey characters that are not shown as text.
    let safe = |c: char| c == '\n' || c == '\t' || !c.is_control();
    assert!(found.chars().all(safe), "control characters in {found:?}");
    let file = folder().join(format!("../{name}.txt"));
    Assert::new().action_env("SNAPSHOTS").normalize_paths(false).eq(found, Data::read_from(&file, None));
}
