//! How the look at a signature ended, and why.

use std::fmt;

/// How the look at a request's signature ended: the three outcomes of the draft (its section on verifier outcomes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// Signature and key hold.
    Verified,
    /// A check was made and failed.
    Invalid,
    /// There was not enough to check anything with, or it is not checked here.
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

/// Each reason once: its doc, its name in logs and tests, and the outcome that it stands for.
macro_rules! reasons {
    ($($(#[$doc:meta])* $reason:ident, $name:literal, $outcome:ident;)*) => {
        /// Why a signature proves nothing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Reason {
            $($(#[$doc])* $reason,)*
        }

        impl Reason {
            /// All of them, in the order in which they are counted.
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
    /// The three headers, or what is covered, is longer than any signer's.
    TooLarge, "too-large", Unverified;
    /// `Signature-Input` is no dictionary of inner lists.
    InputMalformed, "signature-input-malformed", Invalid;
    /// `Signature` is missing, or is no dictionary of byte sequences.
    SignatureMalformed, "signature-malformed", Invalid;
    /// A label, a member or a parameter stands twice.
    Repeated, "repeated", Invalid;
    /// No signature has the tag `web-bot-auth`.
    Tag, "tag", Unverified;
    /// `Signature` has no member for the label.
    SignatureMissing, "signature-missing", Invalid;
    /// A signature by Ed25519 has 64 bytes.
    SignatureLength, "signature-length", Invalid;
    /// A parameter is not of its type.
    ParameterType, "parameter-type", Invalid;
    CreatedMissing, "created-missing", Invalid;
    ExpiresMissing, "expires-missing", Invalid;
    KeyIdMissing, "keyid-missing", Invalid;
    /// `alg` is another than `ed25519`.
    Algorithm, "algorithm", Unverified;
    /// `created` lies ahead.
    Future, "created-in-future", Invalid;
    Expired, "expired", Invalid;
    /// From `created` to `expires` it is more than 24 hours, or less than nothing.
    Lifetime, "lifetime", Invalid;
    /// Neither `@authority` nor `@target-uri` is covered.
    TargetNotCovered, "target-not-covered", Invalid;
    AgentMissing, "signature-agent-missing", Unverified;
    /// The value has no quotes, as early signers wrote it.
    AgentUnquoted, "signature-agent-unquoted", Unverified;
    AgentMalformed, "signature-agent-malformed", Invalid;
    /// The signature does not cover the member that names the agent.
    AgentNotCovered, "signature-agent-not-covered", Invalid;
    /// The signature covers several members, none of them under its own label.
    AgentAmbiguous, "signature-agent-ambiguous", Invalid;
    /// The member that is covered has parameters.
    AgentParameters, "signature-agent-parameters", Unverified;
    /// The member is no absolute `https` URL.
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
    /// A component has a parameter that is not read here.
    ComponentParameter, "component-parameter", Unverified;
    /// A component is covered twice.
    ComponentRepeated, "component-repeated", Invalid;
    /// A covered component is not in the request.
    ComponentMissing, "component-missing", Invalid;
    /// A covered field has line breaks, or bytes that are not ASCII.
    ComponentValue, "component-value", Invalid;
    /// The request does not say for which host it is, or names several.
    AuthorityUnknown, "authority-unknown", Unverified;
    /// The request is for none of `identity.hosts`.
    AuthorityForeign, "authority-foreign", Invalid;
    /// This key did not sign these bytes.
    BadSignature, "bad-signature", Invalid;
    /// `identity.replay_entries` wants a nonce.
    NonceMissing, "nonce-missing", Unverified;
    /// The nonce has been used before.
    Replayed, "replayed", Invalid;
    /// No more nonces can be kept.
    ReplayFull, "replay-full", Unverified;
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
