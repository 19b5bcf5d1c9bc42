//! Prints the table, also as JSON.

use std::fmt::Write as _;

use crate::measure::{COLUMNS, Contestant, Field, Kind};

struct Row {
    name: String,
    kind: Kind,
    bytes: usize,
    build_ms: [f64; 2],
    ns: Vec<f64>,
}

struct Race {
    family: String,
    prefixes: usize,
    rows: Vec<Row>,
}

pub struct Report {
    source: String,
    races: Vec<Race>,
}

impl Race {
    fn best(&self, figure: impl Fn(&Row) -> f64) -> Option<f64> {
        self.rows.iter().filter(|row| row.kind == Kind::Peer).map(figure).min_by(f64::total_cmp)
    }

    /// Tables that build faster are not tries, but lists with a slow search.
    fn prefix_trie(&self, figure: impl Fn(&Row) -> f64) -> Option<f64> {
        self.rows.iter().filter(|row| row.name.starts_with("prefix-trie")).map(figure).min_by(f64::total_cmp)
    }

    fn row(&self, kind: Kind) -> Option<&Row> {
        self.rows.iter().find(|row| row.kind == kind)
    }

    /// A cell for each column, the memory, and the two build times.
    fn cells(figure: impl Fn(usize) -> String, bytes: String, build_ms: [String; 2]) -> String {
        let columns = (0..COLUMNS.len()).map(figure);
        columns.chain([bytes]).chain(build_ms).fold(String::new(), |mut line, cell| {
            write!(line, " {cell} |").expect("a string can grow");
            line
        })
    }

    fn print(&self, all: bool) {
        let title = format!("{}, {}", self.family, self.prefixes);
        for row in &self.rows {
            if all || matches!(row.kind, Kind::Ours | Kind::Load) {
                let cells =
                    Self::cells(|i| format!("{:.1}", row.ns[i]), size(row.bytes), row.build_ms.map(milliseconds));
                println!("| {title} | {} |{cells}", row.name);
            }
        }
        let (Some(ours), Some(load)) = (self.row(Kind::Ours), self.row(Kind::Load)) else { return };
        if let (Some(bytes), Some(sorted), Some(shuffled)) = (
            self.best(|row| row.bytes as f64),
            self.prefix_trie(|row| row.build_ms[0]),
            self.prefix_trie(|row| row.build_ms[1]),
        ) {
            let best = |i: usize| self.best(|row| row.ns[i]).unwrap_or(f64::NAN);
            let cells =
                Self::cells(|i| format!("{:.1}", best(i)), size(bytes as usize), [sorted, shuffled].map(milliseconds));
            println!("| {title} | best peer |{cells}");
            let cells = Self::cells(
                |i| format!("**{:.1}×**", best(i) / ours.ns[i]),
                format!("{:.2}×", ours.bytes as f64 / bytes),
                [sorted / ours.build_ms[0], shuffled / ours.build_ms[1]].map(|ratio| format!("{ratio:.1}×")),
            );
            println!("| {title} | **times faster** |{cells}");
        }
        let cells = Self::cells(|i| format!("{:.1}×", ours.ns[i] / load.ns[i]), String::new(), Default::default());
        println!("| {title} | cost in loads |{cells}");
    }
}

impl Report {
    pub fn new(source: &str) -> Self {
        Self { source: source.into(), races: vec![] }
    }

    pub fn add<A>(&mut self, family: &str, prefixes: usize, field: &Field<'_, A>) {
        let row = |contestant: &Contestant<'_, A>| Row {
            name: contestant.name.clone(),
            kind: contestant.kind,
            bytes: contestant.bytes,
            build_ms: contestant.build_ms,
            ns: contestant.ns.clone(),
        };
        let rows = field.contestants.iter().map(row).collect();
        self.races.push(Race { family: family.into(), prefixes, rows });
    }

    /// Markdown: nanoseconds per look-up, bytes, and milliseconds to build from sorted and from shuffled prefixes.
    pub fn print(&self, all: bool) {
        println!(
            "Prefixes: {}. Nanoseconds per look-up; milliseconds per build, compared with prefix-trie.\n",
            self.source
        );
        println!("| prefixes | table | {} | memory | build sorted | build shuffled |", COLUMNS.join(" | "));
        println!("|---|---|{}---|---|---|", "---|".repeat(COLUMNS.len()));
        for race in &self.races {
            race.print(all);
        }
    }

    pub fn json(&self) -> String {
        let row = |row: &Row| {
            let ns: Vec<String> = COLUMNS.iter().zip(&row.ns).map(|(name, ns)| format!("\"{name}\":{ns:.2}")).collect();
            format!(
                "{{\"name\":\"{}\",\"kind\":\"{:?}\",\"bytes\":{},\"build_ms\":[{:.4},{:.4}],\"ns\":{{{}}}}}",
                row.name,
                row.kind,
                row.bytes,
                row.build_ms[0],
                row.build_ms[1],
                ns.join(",")
            )
        };
        let race = |race: &Race| {
            let rows: Vec<String> = race.rows.iter().map(row).collect();
            format!("{{\"family\":\"{}\",\"prefixes\":{},\"rows\":[{}]}}", race.family, race.prefixes, rows.join(","))
        };
        let races: Vec<String> = self.races.iter().map(race).collect();
        format!("{{\"source\":\"{}\",\"races\":[{}]}}\n", self.source, races.join(","))
    }
}

fn size(bytes: usize) -> String {
    match bytes {
        0..=99_999 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        100_000..=9_999_999 => format!("{} KiB", bytes / 1024),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

fn milliseconds(ms: f64) -> String {
    if ms < 0.1 { format!("{ms:.5}") } else { format!("{ms:.2}") }
}
