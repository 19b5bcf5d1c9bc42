//! The outcome of a signature check, and its reason.

use std::fmt;

/// The outcome of a request's signature check: the three outcomes of the draft (its section on verifier outcomes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// Signature and key are valid.
    Verified,
    /// A check was made and failed.
    Invalid,
    /// There was not enough data to check, or the check is not supported.
    Unverified,
}

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Invalid => "invalid",
            Self::Unverified => "unverified",
        }
    }
}

/// Each reason once: its documentation, its name in logs and tests, and its outcome.
macro_rules! reasons {
    ($($(#[$doc:meta])* $reason:ident, $name:literal, $outcome:ident;)*) => {
        /// Why a signature proves nothing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Reason {
            $($(#[$doc])* $reason,)*
        }

        impl Reason {
            /// All reasons, in the order in which they are counted.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$reason,)*];

            /// The name in logs, tags and tests.
            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$reason => $name,)*
                }
            }

            pub(crate) fn outcome(self) -> Outcome {
                match self {
                    $(Self::$reason => Outcome::$outcome,)*
                }
            }
        }
    };
}

reasons! {
    /// The three headers, or the covered components, are longer than any signer's.
    TooLarge, "too-large", Unverified;
    /// `Signature-Input` is not a dictionary of inner lists.
    InputMalformed, "signature-input-malformed", Invalid;
    /// `Signature` is missing, or is not a dictionary of byte sequences.
    SignatureMalformed, "signature-malformed", Invalid;
    /// A label, a member or a parameter occurs twice.
    Repeated, "repeated", Invalid;
    /// No signature has the tag `web-bot-auth`.
    Tag, "tag", Unverified;
    /// `Signature` has no member for the label.
    SignatureMissing, "signature-missing", Invalid;
    /// The signature does not have the 64 bytes of Ed25519.
    SignatureLength, "signature-length", Invalid;
    /// A parameter has the wrong type.
    ParameterType, "parameter-type", Invalid;
    CreatedMissing, "created-missing", Invalid;
    ExpiresMissing, "expires-missing", Invalid;
    KeyIdMissing, "keyid-missing", Invalid;
    /// `alg` is not `ed25519`.
    Algorithm, "algorithm", Unverified;
    /// `created` is in the future.
    Future, "created-in-future", Invalid;
    Expired, "expired", Invalid;
    /// The time from `created` to `expires` is more than 24 hours, or negative.
    Lifetime, "lifetime", Invalid;
    /// Neither `@authority` nor `@target-uri` is covered.
    TargetNotCovered, "target-not-covered", Invalid;
    AgentMissing, "signature-agent-missing", Unverified;
    /// The value has no quotes, as early signers wrote it.
    AgentUnquoted, "signature-agent-unquoted", Unverified;
    AgentMalformed, "signature-agent-malformed", Invalid;
    /// The signature does not cover the member that names the agent.
    AgentNotCovered, "signature-agent-not-covered", Invalid;
    /// The signature covers several members, none of them with its own label.
    AgentAmbiguous, "signature-agent-ambiguous", Invalid;
    /// The covered member has parameters.
    AgentParameters, "signature-agent-parameters", Unverified;
    /// The member is not an absolute `https` URL.
    AgentNotHttps, "signature-agent-not-https", Invalid;
    /// No `[[identity.agent]]` has this URL.
    AgentUnknown, "agent-unknown", Unverified;
    /// The keys of this agent have not been fetched yet.
    KeysMissing, "keys-missing", Unverified;
    /// The agent's URL has no such key.
    KeyUnknown, "key-unknown", Unverified;
    KeyNotYetValid, "key-not-yet-valid", Invalid;
    KeyExpired, "key-expired", Invalid;
    /// A component has a name that no field and no part of a request has.
    ComponentName, "component-name", Invalid;
    /// A component has an unsupported parameter.
    ComponentParameter, "component-parameter", Unverified;
    /// A component is covered twice.
    ComponentRepeated, "component-repeated", Invalid;
    /// A covered component is not in the request.
    ComponentMissing, "component-missing", Invalid;
    /// A covered field has line breaks, or bytes that are not ASCII.
    ComponentValue, "component-value", Invalid;
    /// The request has no host, or several.
    AuthorityUnknown, "authority-unknown", Unverified;
    /// The request's host is not in `identity.hosts`.
    AuthorityForeign, "authority-foreign", Invalid;
    /// The signature does not match the key and the base.
    BadSignature, "bad-signature", Invalid;
    /// `identity.replay_entries` requires a nonce.
    NonceMissing, "nonce-missing", Unverified;
    /// The nonce has been used before.
    Replayed, "replayed", Invalid;
    /// The cache of nonces is full.
    ReplayFull, "replay-full", Unverified;
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
