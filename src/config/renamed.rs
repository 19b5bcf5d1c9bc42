//! Keys of earlier versions, and their new names.

use super::document::Kind;

/// The help for a key with a new name. `known` are the keys of its table.
pub(super) fn help(key: &str, value: &Kind, known: &[&str]) -> Option<String> {
    if key == "learned" && known.contains(&"allow") {
        let name = if let Kind::Text(name) = value { name } else { "discovered.json" };
        return Some(format!(
            "the file of findings has one key: write `file = \"{}\"` in `[discovery]`, where findings are kept and approved ones are in \
             use",
            crate::util::escape::escaped(name)
        ));
    }
    if key != "confidence" {
        return None;
    }
    let is_any = matches!(value, Kind::Text(text) if text == "any");
    let is_shared = matches!(value, Kind::Text(text) if text == "shared");
    // A list has a certainty too, but never had another name for it.
    let is_list = known.contains(&"category");
    Some(match (known.contains(&"audience"), known.contains(&"certainty") && !is_list) {
        (true, true) if is_any => "`confidence` of a rule is now two keys: write `audience = \"any\"` to act on people \
                                   who share a range, and `certainty = \"registered\"` to act on ranges of which no scan \
                                   was observed"
            .to_owned(),
        (true, true) => "`confidence` of a rule is now two keys, `audience` and `certainty`: write \
                         `audience = \"exclusive\"` and `certainty = \"observed\"`, the defaults of block and decoy"
            .to_owned(),
        (true, false) => {
            format!("`confidence` of a list is now `audience`: write `audience = \"{}\"`", if is_shared { "shared" } else { "exclusive" })
        }
        _ => "`confidence` is now `audience` of a list, and `audience` and `certainty` of a rule".to_owned(),
    })
}
