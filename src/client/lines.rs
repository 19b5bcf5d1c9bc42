//! The header lines that the walk reads, from any header map.

use http::header::HeaderName;

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
/// Sealed: pass other header maps as such a list.
pub trait HeaderLines: sealed::Lines {}

pub(crate) mod sealed {
    use http::header::HeaderName;

    pub trait Lines {
        /// The last line named `name` before this position, without its name and line end, and its own position. A
        /// position is only valid for the next call, so that reading all lines is one pass.
        fn line_before(&self, name: &HeaderName, place: usize) -> Option<(usize, &[u8])>;
    }

    impl<N: AsRef<str>, V: AsRef<[u8]>> Lines for [(N, V)] {
        fn line_before(&self, name: &HeaderName, place: usize) -> Option<(usize, &[u8])> {
            let named = |(given, _): &(N, V)| given.as_ref().eq_ignore_ascii_case(name.as_str());
            let place = self[..place.min(self.len())].iter().rposition(named)?;
            Some((place, self[place].1.as_ref()))
        }
    }

    impl<N: AsRef<str>, V: AsRef<[u8]>, const LEN: usize> Lines for [(N, V); LEN] {
        fn line_before(&self, name: &HeaderName, place: usize) -> Option<(usize, &[u8])> {
            self.as_slice().line_before(name, place)
        }
    }

    impl<N: AsRef<str>, V: AsRef<[u8]>> Lines for Vec<(N, V)> {
        fn line_before(&self, name: &HeaderName, place: usize) -> Option<(usize, &[u8])> {
            self.as_slice().line_before(name, place)
        }
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const LEN: usize> HeaderLines for [(N, V); LEN] {}
impl<N: AsRef<str>, V: AsRef<[u8]>> HeaderLines for Vec<(N, V)> {}

/// The lines named `name`, from the last to the first.
pub(crate) fn from_last<'h>(headers: &'h dyn HeaderLines, name: &HeaderName) -> impl Iterator<Item = &'h [u8]> {
    let mut place = usize::MAX;
    std::iter::from_fn(move || {
        let (at, line) = headers.line_before(name, place)?;
        place = at;
        Some(line)
    })
}
