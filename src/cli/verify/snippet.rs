//! What acts on the claims of a bot, for the policy.

use super::report::Outcome;

/// The rule; none where nothing is known that could be acted on.
pub(super) fn of(id: &str, outcome: Outcome) -> Option<String> {
    match outcome {
        Outcome::Forged | Outcome::Mixed => Some(rule(
            &format!("forged-{id}"),
            id,
            "forged",
            "block",
            "# Blocks who says to be this bot and is not. Put it before rules that allow the bot.",
        )),
        Outcome::Consistent => Some(rule(
            &format!("verified-{id}"),
            id,
            "verified",
            "allow",
            "# Lets this bot in wherever it is verified, and nobody who only says so.",
        )),
        Outcome::CannotSay => None,
    }
}

fn rule(rule: &str, id: &str, identity: &str, action: &str, comment: &str) -> String {
    format!(
        "{comment}\n[[rule]]\nid = \"{rule}\"\npaths = [\"/\"]\nscanners = [\"{id}\"]   # name it in `scanners.use`, too\n\
         identity = [\"{identity}\"]\naction = \"{action}\"\n"
    )
}
