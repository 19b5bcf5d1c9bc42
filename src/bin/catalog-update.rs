//! Keeps the catalog: see `catalog-update --help`.

use std::process::ExitCode;

use actix_scanner_guard::maintain::{self, Args};
use clap::Parser;

fn main() -> ExitCode {
    match maintain::run(&Args::parse()) {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(problems) => {
            problems.iter().for_each(|problem| eprintln!("{problem}"));
            ExitCode::FAILURE
        }
    }
}
