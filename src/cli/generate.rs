//! `completions`, `man` and `schema`: write files that are generated from the definitions of the command line and of the TOML file.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use super::console::Console;
use super::failure::{Failure, Verdict};
use crate::config;
use crate::util::escape::escaped;

/// Write a shell's completion script to standard output
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard completions bash > ~/.local/share/bash-completion/completions/scanner-guard
  scanner-guard completions fish > ~/.config/fish/completions/scanner-guard.fish")]
pub(super) struct CompletionsArgs {
    /// The shell that the script is for
    shell: Shell,
}

pub(super) fn completions(args: &CompletionsArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "scanner-guard", &mut script);
    if console.is_json() {
        let script = String::from_utf8_lossy(&script);
        console.write_json(&serde_json::json!({ "shell": args.shell.to_string(), "script": script }))?;
    } else {
        console.write_all(&script)?;
    }
    Ok(Verdict::Good)
}

/// Write the manual pages, one for each subcommand
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  scanner-guard man ~/.local/share/man/man1")]
pub(super) struct ManArgs {
    /// The folder to which the pages are written; it is made if it does not exist
    folder: PathBuf,
}

pub(super) fn man(args: &ManArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let mut pages = Vec::new();
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    collect_pages(&command, &mut pages);
    let unwritable = |path: &Path, error: &io::Error| Failure::unwritable(path.display(), error);
    fs::create_dir_all(&args.folder).map_err(|error| unwritable(&args.folder, &error))?;
    let mut written = Vec::with_capacity(pages.len());
    for (name, page) in pages {
        let path = args.folder.join(name);
        fs::write(&path, page).map_err(|error| unwritable(&path, &error))?;
        written.push(path.to_string_lossy().into_owned());
    }
    if console.is_json() {
        console.write_json(&written)?;
    } else {
        written.iter().try_for_each(|path| writeln!(console, "{}", escaped(path)))?;
    }
    Ok(Verdict::Good)
}

/// The pages of a command and its subcommands: file name and text.
fn collect_pages(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) {
    let page = clap_mangen::Man::new(command.clone());
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = page.render(&mut text);
    pages.push((page.get_filename(), text));
    command.get_subcommands().filter(|below| !below.is_hide_set()).for_each(|below| collect_pages(below, pages));
}

/// Write the JSON Schema of the TOML file to standard output, for editors
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  scanner-guard schema > scanner-guard.schema.json

Editors with Taplo or Even Better TOML then complete and check a file that begins with
  #:schema scanner-guard.schema.json")]
pub(super) struct SchemaArgs {}

pub(super) fn schema(_: &SchemaArgs, console: &mut Console) -> Result<Verdict, Failure> {
    console.write_json(&config::schema())?;
    Ok(Verdict::Good)
}
