//! Statements with `;` and blocks in braces: nginx, Varnish, Juniper.

/// A statement, the head of a block, or the end of a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    Statement(Words<'a>),
    Open(Words<'a>),
    Close,
}

/// The words of a statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words<'a> {
    pub(super) line: usize,
    /// As written, without the terminator.
    pub(super) text: &'a str,
    /// Without the quotes around them.
    pub(super) words: Vec<&'a str>,
}

impl<'a> Words<'a> {
    pub(super) fn first(&self) -> &'a str {
        self.words.first().copied().unwrap_or_default()
    }

    pub(super) fn get(&self, at: usize) -> &'a str {
        self.words.get(at).copied().unwrap_or_default()
    }
}

/// The comment syntax of a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comments {
    /// `#` to the end of the line.
    Hash,
    /// `//` and `/* … */` as well.
    HashAndSlashes,
}

/// Splits a text. An unfinished statement at the end is returned as a statement.
pub(super) fn items(text: &str, comments: Comments) -> Vec<Item<'_>> {
    let mut reader = Reader { text, at: 0, line: 1, comments, items: Vec::new(), words: Vec::new(), span: None };
    reader.run();
    reader.items
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    comments: Comments,
    items: Vec<Item<'a>>,
    words: Vec<&'a str>,
    /// The start and end of the statement, and its line.
    span: Option<(usize, usize, usize)>,
}

impl<'a> Reader<'a> {
    fn run(&mut self) {
        while let Some(c) = self.rest().chars().next() {
            match c {
                '\n' => {
                    self.line += 1;
                    self.at += 1;
                }
                _ if c.is_whitespace() => self.at += c.len_utf8(),
                '#' => self.skip_line(),
                '/' if self.slashes() && self.rest().starts_with("//") => self.skip_line(),
                '/' if self.slashes() && self.rest().starts_with("/*") => self.skip_comment(),
                ';' => self.end(Item::Statement),
                '{' => self.end(Item::Open),
                '}' => {
                    if !self.words.is_empty() {
                        self.end(Item::Statement);
                        self.at -= 1;
                    }
                    self.items.push(Item::Close);
                    self.at += 1;
                }
                '"' | '\'' => self.quoted(c),
                _ => self.word(),
            }
        }
        if !self.words.is_empty() {
            self.end(Item::Statement);
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn slashes(&self) -> bool {
        self.comments == Comments::HashAndSlashes
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    fn skip_comment(&mut self) {
        let length = self.rest().find("*/").map_or(self.rest().len(), |end| end + 2);
        self.line += self.rest()[..length].matches('\n').count();
        self.at += length;
    }

    fn end(&mut self, item: impl FnOnce(Words<'a>) -> Item<'a>) {
        let (start, end, line) = self.span.take().unwrap_or((self.at, self.at, self.line));
        let words = std::mem::take(&mut self.words);
        let is_empty = words.is_empty();
        let item = item(Words { line, text: &self.text[start..end], words });
        if !(is_empty && matches!(item, Item::Statement(_))) {
            self.items.push(item);
        }
        self.at += 1;
    }

    fn quoted(&mut self, quote: char) {
        let start = self.at;
        let inner = &self.text[start + 1..];
        let mut escaped = false;
        let length = inner.find(|c| {
            let ends = c == quote && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let length = length.unwrap_or(inner.len());
        self.at = (start + length + 2).min(self.text.len());
        self.push(start, &inner[..length]);
        self.line += inner[..length].matches('\n').count();
    }

    fn word(&mut self) {
        let start = self.at;
        let ends = |c: char| c.is_whitespace() || matches!(c, ';' | '{' | '}');
        let mut length = self.rest().find(ends).unwrap_or(self.rest().len());
        // `${variable}` is one word, and so is a brace in a regular expression.
        while self.rest()[..length].ends_with('$') && self.rest()[length..].starts_with('{') {
            let Some(close) = self.rest()[length..].find('}') else { break };
            let after = length + close + 1;
            length = after + self.rest()[after..].find(ends).unwrap_or(self.rest().len() - after);
        }
        self.at += length;
        self.push(start, &self.text[start..start + length]);
    }

    fn push(&mut self, start: usize, word: &'a str) {
        let (first, _, line) = self.span.unwrap_or((start, start, self.line));
        self.span = Some((first, self.at, line));
        self.words.push(word);
    }
}
