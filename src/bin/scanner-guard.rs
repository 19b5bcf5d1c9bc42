//! The command `scanner-guard`.

fn main() -> std::process::ExitCode {
    actix_scanner_guard::cli::main()
}
