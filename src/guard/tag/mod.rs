//! The tag on a scanner's request: its sender, and the policy's decision (`verdict`).

mod verdict;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use crate::decision::{Claimed, Matched};
use crate::engine::Engine;
use crate::identity::{Identity, SignatureOutcome};
use crate::policy::{Action, Breaks, Mode};
use crate::scanners::{Category, JudgeOn, Scanner};
use crate::util::random;

/// The id of discovered scanners, which are on no list.
const DISCOVERED: &str = "discovered";

/// Marks a request of a scanner, and contains the decision of the policy.
///
/// It is in the request's extensions whenever the address or a claim matches a scanner, for every action: handlers take
/// it as `Option<web::ReqData<ScannerMatch>>`, and middlewares outside of the guard find it in the response's request.
///
/// ```
/// use actix_scanner_guard::ScannerMatch;
/// use actix_web::{HttpResponse, Responder, web};
///
/// async fn one_time_link(scanner: Option<web::ReqData<ScannerMatch>>) -> impl Responder {
///     match scanner.filter(|tag| tag.is_actionable()) {
///         Some(tag) => HttpResponse::Ok().body(format!("{} may look, but not consume", tag.scanner().name())),
///         None => HttpResponse::Ok().body("token consumed"),
///     }
/// }
/// # let _ = web::get().to(one_time_link);
/// ```
///
/// ```
/// use actix_scanner_guard::{Action, GuardConfig, ScannerGuard, ScannerMatch};
/// use actix_web::{App, HttpMessage, test};
///
/// # actix_web::rt::System::new().block_on(async {
/// let config = GuardConfig::from_toml("[[rule]]\nid = \"all\"\npaths = [\"/\"]\naction = \"block\"").unwrap();
/// let app = test::init_service(App::new().wrap(ScannerGuard::from_config(&config))).await;
/// let scanner = "150.70.66.183:443".parse().unwrap();
/// let request = test::TestRequest::with_uri("/").peer_addr(scanner).to_request();
/// let response = test::call_service(&app, request).await;
///
/// // In middleware outside of the guard.
/// let extensions = response.request().extensions();
/// let tag = extensions.get::<ScannerMatch>().unwrap();
/// assert_eq!((tag.action(), tag.rule(), tag.enforced()), (Action::Block, Some("all"), true));
/// assert_eq!((tag.scanner().id(), tag.category().as_str()), ("trend-micro", "web-reputation"));
/// assert_eq!((tag.address().to_string(), tag.network().to_string()), ("150.70.66.183".into(), "150.70.0.0/16".into()));
/// assert!(tag.scanners().count() >= 1 && tag.generation() == 1);
/// println!("blocked; ask about {}", tag.reference());
/// # });
/// ```
#[derive(Clone)]
pub struct ScannerMatch {
    inner: Arc<Inner>,
}

struct Inner {
    matched: Matched,
    /// The first label, which always exists.
    nearest: (IpNet, Scanner),
    reference: String,
    signature: SignatureOutcome,
    discovered: bool,
}

impl ScannerMatch {
    /// # Panics
    ///
    /// Never: a match always has a label.
    pub(super) fn new(matched: Matched, signature: SignatureOutcome, discovered: bool) -> Self {
        let nearest = matched.labels.first().cloned().expect("a match has at least one label");
        let code = random::text(8).to_uppercase();
        let reference = format!("{}-{}", &code[..4], &code[4..]);
        Self { inner: Arc::new(Inner { matched, nearest, reference, signature, discovered }) }
    }

    /// The tag for a request from a discovered range that is on no list. No rule decides it.
    pub(super) fn discovered_in(
        engine: &Engine,
        (address, network): (IpAddr, IpNet),
        signature: SignatureOutcome,
    ) -> Self {
        let scanner = Scanner::new(DISCOVERED, Category::WebReputation);
        let matched = Matched {
            address,
            labels: vec![(network, scanner)],
            identity: None,
            claims: Vec::new(),
            claims_several: false,
            rule: None,
            action: Action::Tag,
            enforced: engine.policy().mode() == Mode::Enforce,
            // Statistics alone do not make a request a scanner's.
            is_judged: false,
            #[cfg(feature = "one-time")]
            is_judged_on_links: false,
            judge_on: JudgeOn::default(),
            breaks: Breaks::default(),
            generation: engine.generation(),
            scanner_number: 0,
            rule_number: None,
        };
        Self::new(matched, signature, true)
    }

    /// The matching address, in canonical form.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.inner.matched.address
    }

    /// The most specific range around the address. If the address is in no range and only the user agent names the
    /// scanner, it is the single address (/32 or /128), so that statistics and blocks by network never include a
    /// neighbor because of a name.
    #[must_use]
    pub fn network(&self) -> IpNet {
        self.inner.nearest.0
    }

    /// The scanner of the most specific range. If the address is in no exclusive range, it is the scanner that the user
    /// agent names, and a verified one first.
    #[must_use]
    pub fn scanner(&self) -> &Scanner {
        &self.inner.nearest.1
    }

    /// The scanners of all ranges around the address, most specific first, and those that the user agent names. The
    /// latter follow after the exclusive ranges, and precede the first shared one.
    pub fn scanners(&self) -> impl Iterator<Item = &Scanner> {
        self.inner.matched.labels.iter().map(|(_, scanner)| scanner)
    }

    /// The identity of the sender, for the [scanner](Self::scanner). `None` if people use the address too and the user
    /// agent names no bot.
    ///
    /// ```
    /// use actix_scanner_guard::ScannerMatch;
    ///
    /// /// A crawler may see the whole article, if its identity is verified.
    /// fn is_known_crawler(tag: Option<&ScannerMatch>) -> bool {
    ///     tag.and_then(ScannerMatch::identity).is_some_and(|identity| identity.is_verified())
    /// }
    /// # let _ = is_known_crawler(None);
    /// ```
    #[must_use]
    pub fn identity(&self) -> Option<Identity> {
        self.inner.matched.identity
    }

    /// The bots in use that the request names, each with its identity and the reason.
    ///
    /// ```
    /// use actix_scanner_guard::ScannerMatch;
    ///
    /// fn log_claims(tag: &ScannerMatch) {
    ///     for claim in tag.claims() {
    ///         println!("{}: {}, since {}", claim.scanner(), claim.identity(), claim.reason());
    ///     }
    /// }
    /// # let _ = log_claims;
    /// ```
    pub fn claims(&self) -> impl Iterator<Item = &Claimed> {
        self.inner.matched.claims.iter()
    }

    /// Whether the request names bots of several operators and proves none of them. This is not evidence of an attack:
    /// audit tools do it, too.
    ///
    /// ```
    /// use actix_scanner_guard::ScannerMatch;
    ///
    /// fn is_odd(tag: Option<&ScannerMatch>) -> bool {
    ///     tag.is_some_and(ScannerMatch::claims_several)
    /// }
    /// # let _ = is_odd(None);
    /// ```
    #[must_use]
    pub fn claims_several(&self) -> bool {
        self.inner.matched.claims_several
    }

    /// The purpose of the scanner of the most specific range.
    #[must_use]
    pub fn category(&self) -> Category {
        self.scanner().category()
    }

    /// The outcome of the request's signature, if signatures are verified: `[[identity.agent]]` in the TOML file.
    ///
    /// ```
    /// # fn log(tag: &actix_scanner_guard::ScannerMatch) {
    /// println!("signature: {}", tag.signature().as_str());
    /// # }
    /// ```
    #[must_use]
    pub fn signature(&self) -> &SignatureOutcome {
        &self.inner.signature
    }

    /// The generation of the policy that decided: 1 at the start, and one more with each reload.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.inner.matched.generation
    }

    /// A short code such as `K7QM-9XRD` that a blocked person can quote; the log contains it too.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.inner.reference
    }
}

impl fmt::Debug for ScannerMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScannerMatch")
            .field("address", &self.address())
            .field("network", &self.network())
            .field("scanner", &self.scanner().id())
            .field("identity", &self.identity())
            .field("rule", &self.rule())
            .field("action", &self.action())
            .field("enforced", &self.enforced())
            .field("generation", &self.generation())
            .field("reference", &self.reference())
            .finish()
    }
}
