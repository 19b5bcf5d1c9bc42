//! The rule of a policy for the claims of a bot.

use super::rows::Outcome;

/// The rule. `None` if no claim is verified or forged.
pub(super) fn of(id: &str, outcome: Outcome) -> Option<String> {
    match outcome {
        Outcome::Forged | Outcome::Mixed => Some(rule(
            &format!("forged-{id}"),
            id,
            "forged",
            "block",
            "# Blocks clients that falsely claim to be this bot. Put it before rules that allow the bot.",
        )),
        Outcome::Consistent => {
            Some(rule(&format!("verified-{id}"), id, "verified", "allow", "# Allows this bot only if it is verified."))
        }
        Outcome::CannotSay => None,
    }
}

fn rule(rule: &str, id: &str, identity: &str, action: &str, comment: &str) -> String {
    format!(
        "{comment}\n# Add \"{id}\" to `scanners.use`, or the rule can never match.\n[[rule]]\nid = \"{rule}\"\npaths = [\"/\"]\n\
         scanners = [\"{id}\"]\nidentity = [\"{identity}\"]\naction = \"{action}\"\n"
    )
}
