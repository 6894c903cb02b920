//! Script text as words, strings and marks, comments left out. Enough to recognise shapes; not a parser, and it
//! runs nothing.

/// The longest regular expression, in characters; without an end within them it is a division.
const LONGEST_EXPRESSION: usize = 2_000;

/// A piece of script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Token<'a> {
    /// Nothing: before the start and after the end.
    #[default]
    Nothing,
    /// A name, a keyword or a number.
    Word(&'a str),
    /// A string, a template or a regular expression, without its quotes.
    Text(&'a str),
    /// Any other character.
    Mark(char),
}

/// The tokens of a script.
pub struct Tokens<'a> {
    rest: &'a str,
    /// Whether a `/` would begin a regular expression here.
    expects_value: bool,
}

impl<'a> Tokens<'a> {
    /// The tokens of this text.
    pub fn of(script: &'a str) -> Self {
        Self { rest: script, expects_value: true }
    }

    fn skip_blank(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if let Some(comment) = self.rest.strip_prefix("//") {
                self.rest = comment.find(['\n', '\r']).map_or("", |end| &comment[end..]);
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                self.rest = comment.split_once("*/").map_or("", |(_, after)| after);
            } else if let Some(comment) = self.rest.strip_prefix("<!--") {
                // The old way to hide scripts from browsers; the rest of its line is a comment.
                self.rest = comment.find(['\n', '\r']).map_or("", |end| &comment[end..]);
            } else {
                return;
            }
        }
    }

    /// A token of so many bytes inside, `open` before and `close` after it.
    fn cut(&mut self, open: usize, length: usize, close: usize) -> &'a str {
        let inside = &self.rest[open..open + length];
        self.rest = &self.rest[open + length + close..];
        inside
    }

    fn quoted(&mut self, quote: char) -> &'a str {
        let inside = &self.rest[1..];
        let end = end_of_text(inside, quote, quote == '`');
        let closed = usize::from(inside[end..].starts_with(quote));
        self.cut(1, end, closed)
    }

    fn expression(&mut self) -> Option<&'a str> {
        let inside = &self.rest[1..];
        let mut in_class = false;
        let mut escaped = false;
        for (at, c) in inside.char_indices().take(LONGEST_EXPRESSION) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '\n' | '\r' => return None,
                '[' => in_class = true,
                ']' => in_class = false,
                '/' if !in_class => return Some(self.cut(1, at, 1)),
                _ => {}
            }
        }
        None
    }
}

/// Where a quoted text ends: at its quote, or at the end of its line.
fn end_of_text(inside: &str, quote: char, lines: bool) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' | '\r' if !lines => return at,
            c if c == quote => return at,
            _ => {}
        }
    }
    inside.len()
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_blank();
        let first = self.rest.chars().next()?;
        let token = match first {
            '"' | '\'' | '`' => Token::Text(self.quoted(first)),
            '/' if self.expects_value => self.expression().map_or_else(
                || {
                    self.cut(0, 1, 0);
                    Token::Mark('/')
                },
                Token::Text,
            ),
            c if is_name(c) => {
                let length = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
                Token::Word(self.cut(0, length, 0))
            }
            c => {
                self.cut(0, c.len_utf8(), 0);
                Token::Mark(c)
            }
        };
        self.expects_value = match token {
            Token::Word(word) => {
                matches!(word, "return" | "typeof" | "case" | "in" | "of" | "void" | "throw" | "else" | "do")
            }
            Token::Text(_) | Token::Mark(')' | ']') => false,
            Token::Mark(_) | Token::Nothing => true,
        };
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::Token::{Mark, Text, Word};
    use super::*;

    fn tokens(script: &str) -> Vec<Token<'_>> {
        Tokens::of(script).collect()
    }

    #[test]
    fn words_texts_and_marks_are_told_apart_and_comments_left_out() {
        assert_eq!(
            tokens("var a='x\\'y'; // no\n/* no */ b = `t\nu`"),
            [Word("var"), Word("a"), Mark('='), Text("x\\'y"), Mark(';'), Word("b"), Mark('='), Text("t\nu")]
        );
    }

    #[test]
    fn a_slash_is_an_expression_only_where_a_value_is_due() {
        assert_eq!(tokens("a / b / c").len(), 5);
        assert_eq!(tokens("x = /[/\"]+/ ; 'y'").last(), Some(&Text("y")));
        assert_eq!(tokens("return /'/")[1], Text("'"));
    }

    #[test]
    fn unfinished_script_ends() {
        for script in ["'", "\"é", "`", "/*", "//", "/", "/a[", "<!--", "'\\"] {
            assert!(tokens(script).len() <= 4, "{script}");
        }
    }
}
