//! The header lines that the walk reads, whoever holds them.

/// The lines of the request's headers, as the walk reads them.
///
/// Implemented for lists of pairs, so that a request can be described without a server:
///
/// ```
/// use actix_scanner_guard::{GuardConfig, RequestFacts};
///
/// let config = GuardConfig::from_toml(r#"client.trusted_proxies = ["loopback"]"#)?;
/// let headers = [("X-Forwarded-For", "150.70.66.183")];
/// let facts = RequestFacts::new("/").peer([127, 0, 0, 1].into()).headers(&headers);
/// assert_eq!(config.decide(&facts).scanner().unwrap().id(), "trend-micro");
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
///
/// Sealed: other header maps are handed over as such a list.
pub trait HeaderLines: sealed::Lines {}

pub(crate) mod sealed {
    use http::header::HeaderName;

    pub trait Lines {
        /// The `n`th line named `name`, counted from the last one (0) to the first, without its name and line end.
        fn line_from_end(&self, name: &HeaderName, n: usize) -> Option<&[u8]>;
    }

    impl<N: AsRef<str>, V: AsRef<[u8]>> Lines for [(N, V)] {
        fn line_from_end(&self, name: &HeaderName, n: usize) -> Option<&[u8]> {
            let mut lines = self.iter().rev().filter(|(given, _)| given.as_ref().eq_ignore_ascii_case(name.as_str()));
            lines.nth(n).map(|(_, value)| value.as_ref())
        }
    }

    impl<N: AsRef<str>, V: AsRef<[u8]>, const LEN: usize> Lines for [(N, V); LEN] {
        fn line_from_end(&self, name: &HeaderName, n: usize) -> Option<&[u8]> {
            self.as_slice().line_from_end(name, n)
        }
    }

    impl<N: AsRef<str>, V: AsRef<[u8]>> Lines for Vec<(N, V)> {
        fn line_from_end(&self, name: &HeaderName, n: usize) -> Option<&[u8]> {
            self.as_slice().line_from_end(name, n)
        }
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const LEN: usize> HeaderLines for [(N, V); LEN] {}
impl<N: AsRef<str>, V: AsRef<[u8]>> HeaderLines for Vec<(N, V)> {}
