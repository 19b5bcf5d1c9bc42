//! The modules of a folder use each other in one direction: if `a` uses `b`, then `b` does not use `a`, also not through
//! others. A type that both need belongs into a module that both use.
//!
//! A module uses another one if a path with `crate`, `self` or `super`, or a `use`, leads to an item of its file or folder;
//! re-exports are followed. A folder's own `mod.rs` is its interface and is not compared with its modules. Modules of tests
//! are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::Failures;

/// Circles that are left, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    // A gate reads a case and gives its outcome, and a case has the outcomes of its gates.
    ("discovery", "case gates"),
    // The answer, the rewritten path and the shared data of a decoy know each other.
    ("guard::decoy", "answer cut outside rewrite timing"),
];

/// The names from the crate's root to a module: `["feeds", "fetch"]`.
type Place = Vec<String>;

#[derive(Default)]
struct Module {
    items: BTreeSet<String>,
    /// The names that `use` brings, with their paths; `*` for a glob.
    uses: Vec<(String, Place)>,
    /// Other paths, from `crate`, `self` or `super`.
    mentions: Vec<Place>,
}

#[derive(Default)]
struct Modules(BTreeMap<Place, Module>);

/// The source without comments and texts.
fn code(source: &str) -> String {
    let mut code = String::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(raw) = rest.strip_prefix('r').filter(|raw| raw.trim_start_matches('#').starts_with('"')) {
            let hashes = raw.len() - raw.trim_start_matches('#').len();
            let end = format!("\"{}", "#".repeat(hashes));
            let text = &raw[hashes + 1..];
            1 + hashes + 1 + text.find(&end).map_or(text.len(), |at| at + end.len())
        } else if c == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with("'\\") {
            3 + rest[3..].find('\'').unwrap_or_default() + 1
        } else {
            code.push(c);
            c.len_utf8()
        };
        rest = &rest[skipped..];
    }
    code
}

/// The names and paths of a tree of `use`, such as `super::{a, b::{C, D as E}}`.
fn leaves(prefix: &Place, tree: &str, found: &mut Vec<(String, Place)>) {
    let tree = tree.trim();
    let joined = |path: &str| {
        let names = path.split("::").map(|name| name.trim().trim_start_matches("r#").to_owned());
        prefix.iter().cloned().chain(names.filter(|name| !name.is_empty())).collect::<Place>()
    };
    if let Some((start, inner)) = tree.split_once('{') {
        let (prefix, inner) = (joined(start), inner.strip_suffix('}').unwrap_or(inner));
        let mut depth = 0;
        for branch in inner.split(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        }) {
            leaves(&prefix, branch, found);
        }
    } else if !tree.is_empty() {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, tree.rsplit("::").next().unwrap_or_default()));
        let mut path = joined(path);
        let mut name = name.trim().to_owned();
        if name == "self" {
            path.pop();
            name = path.last().cloned().unwrap_or_default();
        }
        found.push((name, path));
    }
}

/// The paths from `crate`, `self` or `super` in a text.
fn mentions(code: &str) -> Vec<Place> {
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    let paths = words.filter(|word| ["crate::", "self::", "super::"].iter().any(|root| word.starts_with(root)));
    paths.map(|path| path.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect()).collect()
}

/// The names of the items that a text declares.
fn items(code: &str) -> BTreeSet<String> {
    const KINDS: [&str; 8] = ["struct", "enum", "trait", "fn", "const", "static", "type", "union"];
    let words: Vec<&str> =
        code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
    words.windows(2).filter(|pair| KINDS.contains(&pair[0])).map(|pair| pair[1].to_owned()).collect()
}

impl Module {
    fn new(source: &str) -> Self {
        let code = code(source);
        let code = code.split("mod tests {").next().unwrap_or_default();
        let (mut uses, mut others, mut rest) = (Vec::new(), String::new(), code);
        while let Some(at) = rest.find("use ") {
            let line = rest[..at].rsplit('\n').next().unwrap_or_default().trim();
            let (before, after) = rest.split_at(at + "use ".len());
            others.push_str(before);
            rest = after;
            if line.is_empty() || line.starts_with("pub") {
                let (tree, after) = rest.split_once(';').unwrap_or((rest, ""));
                leaves(&Place::new(), tree, &mut uses);
                rest = after;
            }
        }
        others.push_str(rest);
        Self { items: items(&others), uses, mentions: mentions(&others) }
    }
}

impl Modules {
    fn read(&mut self, folder: &Path, place: &Place) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if ["bin", "oracle", "tests"].contains(&&*name) {
                continue;
            }
            let mut inner = place.clone();
            if !["lib", "mod"].contains(&&*name) {
                inner.push(name);
            }
            if path.is_dir() {
                self.read(&path, &inner);
            } else if path.extension().is_some_and(|end| end == "rs") {
                self.0.insert(inner, Module::new(&std::fs::read_to_string(&path).unwrap()));
            }
        }
    }

    /// The module that declares the item at the end of a path, as `from` writes it. `None` for paths into other crates.
    fn resolve(&self, from: &Place, path: &[String], steps: usize) -> Option<Place> {
        let (mut at, mut rest) = (from.clone(), path);
        match path.first().map(String::as_str)? {
            "crate" => (at, rest) = (Place::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            name => {
                let module = self.0.get(from)?;
                let is_child = self.0.contains_key(&[from.as_slice(), &[name.to_owned()]].concat());
                if !is_child && !module.uses.iter().any(|(used, _)| used == name) {
                    return None;
                }
            }
        }
        while let Some((name, after)) = rest.split_first() {
            let inner = [at.as_slice(), std::slice::from_ref(name)].concat();
            if self.0.contains_key(&inner) {
                (at, rest) = (inner, after);
                continue;
            }
            let module = self.0.get(&at)?;
            if module.items.contains(name) || steps == 0 {
                break;
            }
            let named = module.uses.iter().filter(|(used, _)| used == name);
            let globs = module.uses.iter().filter(|(used, path)| used == "*" && *name != "*" && path.len() > 1);
            let named = named.map(|(_, path)| [path, after].concat());
            let globs = globs.map(|(_, path)| [&path[..path.len() - 1], rest].concat());
            return named.chain(globs).find_map(|path| self.resolve(&at, &path, steps - 1)).or(Some(at));
        }
        Some(at)
    }

    /// The modules that a module uses.
    fn used_by(&self, place: &Place) -> BTreeSet<Place> {
        let module = &self.0[place];
        let paths = module.uses.iter().map(|(_, path)| path).chain(&module.mentions);
        paths.filter_map(|path| self.resolve(place, path, 8)).collect()
    }

    /// The circles among the modules of each folder: the folder, and the modules that use each other.
    fn circles(&self) -> BTreeSet<(String, String)> {
        let mut folders: BTreeMap<&[String], BTreeMap<&str, BTreeSet<String>>> = BTreeMap::new();
        for user in self.0.keys() {
            for other in self.used_by(user) {
                let common = user.iter().zip(&other).take_while(|(one, other)| one == other).count();
                if let (Some(name), Some(other)) = (user.get(common), other.get(common)) {
                    folders.entry(&user[..common]).or_default().entry(name).or_default().insert(other.clone());
                }
            }
        }
        let circles = folders.iter().flat_map(|(folder, used)| {
            let reached: BTreeMap<&str, BTreeSet<&str>> =
                used.keys().map(|name| (*name, reached(used, name))).collect();
            let reaches = move |one: &str, other: &str| reached.get(one).is_some_and(|names| names.contains(other));
            let names = used.keys().filter(|name| reaches(name, name));
            let circles =
                names.map(|name| used.keys().copied().filter(|other| reaches(name, other) && reaches(other, name)));
            let circles: BTreeSet<String> = circles.map(|names| names.collect::<Vec<_>>().join(" ")).collect();
            circles.into_iter().map(|circle| (folder.join("::"), circle))
        });
        circles.collect()
    }
}

/// The modules that a module uses, also through others.
fn reached<'a>(used: &'a BTreeMap<&str, BTreeSet<String>>, name: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = vec![name];
    while let Some(name) = open.pop() {
        for other in used.get(name).into_iter().flatten() {
            if reached.insert(other.as_str()) {
                open.push(other);
            }
        }
    }
    reached
}

fn modules(sources: &[(&str, &str)]) -> Modules {
    let place = |name: &str| name.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
    Modules(sources.iter().map(|(name, source)| (place(name), Module::new(source))).collect())
}

#[test]
fn the_modules_of_a_folder_use_each_other_in_one_direction() {
    let mut modules = Modules::default();
    modules.read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &Place::new());
    assert!(modules.0.len() > 400, "only {} modules were found", modules.0.len());
    let uses: usize = modules.0.keys().map(|place| modules.used_by(place).len()).sum();
    assert!(uses > 1_500, "only {uses} uses were found");
    let mut failures = Failures::default();
    for (folder, circle) in modules.circles() {
        let is_known = EXCEPTIONS.iter().any(|known| *known == (&*folder, &*circle));
        failures.check(is_known, || format!("{folder}: these modules use each other: {circle}"));
    }
}

#[test]
fn circles_are_found() {
    let in_a_circle = |sources: &[(&str, &str)]| modules(sources).circles().into_iter().collect::<Vec<_>>();
    let expected = [("x".to_owned(), "a b".to_owned())];
    let parent = ("x", "mod a;\nmod b;\npub(crate) use b::{B, C as Other};\n");
    let b = ("x::b", "use super::a::A;\npub(crate) struct B(A);\nstruct C;");
    for a in [
        "use super::b::B;\nstruct A(B);",
        // By a re-export, under another name, and from a function.
        "use super::{Other as Another, y};\nstruct A;",
        "struct A;\nfn a() {\n    let b: crate::x::b::B = b();\n}",
        "struct A;\nfn a() {\n    use crate::x::*;\n    super::B::new();\n}",
    ] {
        assert_eq!(in_a_circle(&[("", ""), parent, ("x::a", a), b]), expected, "{a}");
    }
    for a in [
        "struct A;",
        "// use super::b::B;\nstruct A(&'static str);\nconst TEXT: &str = \"use super::b::B;\";",
        "struct A;\nmod tests {\n    use super::super::b::B;\n}",
        "use other::b::B;\nuse super::Third;\nstruct A;",
    ] {
        assert_eq!(in_a_circle(&[("", ""), parent, ("x::a", a), b]), [], "{a}");
    }
    // Through a third module, and between folders.
    let third = [("", ""), ("a", "use crate::b;"), ("b", "use crate::c::d;"), ("c", ""), ("c::d", "use crate::a::A;")];
    assert_eq!(in_a_circle(&third), [(String::new(), "a b c".to_owned())]);
}
