//! Test results as JUnit XML, for CI servers.

use std::fs::File;
use std::path::Path;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Outcome;
use crate::cli::failure::Failure;
use crate::util::escape::{escaped, escaped_lines};

/// Writes a JUnit report: one suite for the file, one case for each test.
pub(super) fn write(path: &Path, tests: &str, outcomes: &[Outcome]) -> Result<(), Failure> {
    let mut suite = TestSuite::new(escaped(tests).into_owned());
    for outcome in outcomes {
        let mut status = TestCaseStatus::success();
        if !outcome.passed() {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let differences = outcome.differences.join("; ");
            status.set_message(escaped(&differences)).set_description(escaped_lines(&outcome.explanation));
        }
        let mut case = TestCase::new(escaped(&outcome.name), status);
        case.set_classname(format!("{}:{}", escaped(tests), outcome.line));
        suite.add_test_case(case);
    }
    let mut report = Report::new("scanner-guard");
    report.add_test_suite(suite);
    let unwritable = |error: &std::io::Error| Failure::unwritable(escaped(&path.to_string_lossy()), error);
    let file = File::create(path).map_err(|error| unwritable(&error))?;
    report.serialize(file).map_err(|error| unwritable(&std::io::Error::other(error)))
}
