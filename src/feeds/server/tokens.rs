//! The tokens of nftables.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A word, a number, an address, an operator, or a quoted text.
    Word(&'a str),
    Open,
    Close,
    Comma,
    /// `;` or the end of a line.
    End,
}

/// Splits a text; each token has its line.
pub(super) fn tokens(text: &str) -> Vec<(usize, Token<'_>)> {
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let sign = match c {
            '{' => Some(Token::Open),
            '}' => Some(Token::Close),
            ',' => Some(Token::Comma),
            ';' | '\n' => Some(Token::End),
            '=' => Some(Token::Word("=")),
            _ => None,
        };
        if rest.starts_with("==") || rest.starts_with("!=") {
            tokens.push((line, Token::Word(&rest[..2])));
            at += 2;
        } else if let Some(token) = sign {
            tokens.push((line, token));
            line += usize::from(c == '\n');
            at += 1;
        } else if c == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if c == '\\' {
            // A line that continues.
            let blank = rest[1..].len() - rest[1..].trim_start_matches(['\r', ' ']).len();
            let continues = rest[1 + blank..].starts_with('\n');
            line += usize::from(continues);
            at += if continues { blank + 2 } else { 1 };
        } else if c == '"' {
            let length = rest[1..].find('"').unwrap_or(rest.len() - 1);
            tokens.push((line, Token::Word(&rest[1..=length])));
            line += rest[1..=length].matches('\n').count();
            at = (at + length + 2).min(text.len());
        } else if c.is_whitespace() {
            at += c.len_utf8();
        } else {
            let ends = |c: char| c.is_whitespace() || matches!(c, '{' | '}' | ',' | ';' | '=' | '"' | '#');
            let length = rest.find(ends).filter(|length| *length > 0).unwrap_or(rest.len());
            // The `!` of `a!=b`.
            let length = if rest[length..].starts_with('=') && rest[..length].ends_with('!') && length > 1 {
                length - 1
            } else {
                length
            };
            tokens.push((line, Token::Word(&rest[..length])));
            at += length;
        }
    }
    tokens
}
