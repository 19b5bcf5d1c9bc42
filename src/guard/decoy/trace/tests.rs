use super::*;
use crate::policy::Breaks;

const MARKER: &str = "z8kp3mfq7z";

/// Traces of `/shop/ad<marker>min/users`.
fn traces() -> (Traces, String) {
    let marker = Marker::from_text(MARKER);
    let marked = marker.put_into("/shop/admin/users", &Breaks::segment(1));
    (Traces::new(&marker, &marked.places), marked.path)
}

#[test]
fn a_whole_path_leaves_no_trace() {
    let (traces, path) = traces();
    let segment = format!("ad{MARKER}min");
    for page in [
        "",
        "no page here",
        &path,
        &format!("No {path} here, no {path}"),
        &path.to_uppercase(),
        &segment,
        &format!("<b>Ad{MARKER}min</b>, {segment}"),
        &format!("/shop &gt; {segment} &gt; users"),
        // Texts that an application writes without the path.
        "see /shop/admin and /shop/adzuki, or zebra min",
        "a 38 6b 70 33 b",
    ] {
        assert!(!traces.are_in(page.as_bytes()), "{page}");
    }
}

#[test]
fn a_path_that_is_cut_within_a_word_is_seen_wherever_it_is_cut() {
    let (traces, path) = traces();
    let start = path.find(MARKER).unwrap();
    for cut in start + 1..start + MARKER.len() + "min".len() {
        for page in [path[..cut].to_owned(), format!("no {}… here", &path[..cut])] {
            assert!(traces.are_in(page.as_bytes()), "{page}");
        }
    }
    // More than half of a marker, without the letters around it.
    for half in [&MARKER[..6], &MARKER[4..]] {
        assert!(traces.are_in(format!("no [{half}] here").as_bytes()), "{half}");
    }
    for cut in "/shop/a".len()..start + MARKER.len() {
        let page = format!("no …{} here", &path[cut..]);
        assert!(traces.are_in(page.as_bytes()), "{page}");
    }
}

/// `wit` ends like the last letter of a marker before the `it` of `/.git`, but is not a marker.
#[test]
fn a_word_that_ends_like_a_marker_is_none() {
    let marker = Marker::from_text("w8kp3mfq7w");
    let marked = marker.put_into("/.git/config/x.html", &Breaks::segment(0));
    let traces = Traces::new(&marker, &marked.places);
    for page in ["segment started with invalid character: ('.')", "a man of wit and humour", ".gw"] {
        assert!(!traces.are_in(page.as_bytes()), "{page}");
    }
    for page in ["no …wit/config", "no …7wit", "no /.gw8… here"] {
        assert!(traces.are_in(page.as_bytes()), "{page}");
    }
}

#[test]
fn a_marker_in_another_form_is_seen() {
    let (traces, path) = traces();
    let each = |write: fn(u8) -> String| path.bytes().map(write).collect::<String>();
    let joined = |write: fn(u8) -> String, sign: &str| path.bytes().map(write).collect::<Vec<_>>().join(sign);
    for page in [
        each(|byte| format!("{byte:02x}")),
        each(|byte| format!("{byte:02X}")),
        each(|byte| format!("%{byte:02X}")),
        each(|byte| format!("%25{byte:02x}")),
        each(|byte| format!("&#{byte};")),
        each(|byte| format!("&#{byte:04};")),
        each(|byte| format!("&#x{byte:X};")),
        each(|byte| format!("&amp;#{byte};")),
        each(|byte| format!("\\u{byte:04x}")),
        each(|byte| format!("\\u{{{byte:x}}}")),
        each(|byte| format!("\\x{byte:02x}")),
        each(|byte| format!("\\{byte:03o}")),
        joined(|byte| byte.to_string(), ", "),
        joined(|byte| format!("{byte:#04x}"), ", "),
        // The tag's name is the marker's first letter.
        joined(|byte| format!("<z>{}</z>", char::from(byte)), ""),
        joined(|byte| char::from(byte).to_string(), " "),
        joined(|byte| char::from(byte).to_string(), "\0"),
        joined(|byte| format!("<i>{}</i>", char::from(byte)), ""),
        joined(|byte| format!("<p>{}</p>", char::from(byte)), ""),
        // Seven words between two letters, and a part of each escape that is no letter.
        each(|byte| format!("<span id=\"w\" class=\"y t\">&amp;#{byte};</span>")),
        each(|byte| format!("<span id=\"w\" class=\"y t\">\\u{{{byte:x}}}</span>")),
        each(|byte| format!("<span id=\"w\" class=\"y t\">\\x{{{byte:x}}}</span>")),
        path.bytes().rev().map(char::from).collect(),
    ] {
        assert!(traces.are_in(page.as_bytes()), "{page}");
    }
    for before in 0..6 {
        let text = format!("{}{path}", "/".repeat(before));
        for encoding in [&BASE64, &BASE32] {
            let page = encoding.encode(text.as_bytes());
            assert!(traces.are_in(page.as_bytes()), "{page}");
        }
    }
}

impl Encoding {
    /// The whole text, without padding.
    fn encode(&self, text: &[u8]) -> String {
        let bits: Vec<u8> = text.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
        let index = |bits: &[u8]| bits.iter().fold(0, |index, bit| index << 1 | usize::from(*bit));
        bits.chunks_exact(self.bits).map(|bits| char::from(self.alphabet[index(bits)])).collect()
    }
}

#[test]
fn encodings_are_as_in_the_rfc() {
    // RFC 4648, section 10.
    assert_eq!(BASE64.encode(b"foobar"), "Zm9vYmFy");
    assert_eq!(BASE32.encode(b"fooba"), "mzxw6ytb");
}
