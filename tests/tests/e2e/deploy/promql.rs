//! As much of `PromQL` as it takes to see which metrics and which labels an expression names. Knows no metric; whether an
//! expression is sound, promtool says.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};

/// A metric that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    pub metric: String,
    /// Label, operator and value of each matcher.
    pub matchers: Vec<(String, String, String)>,
}

/// What an expression names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub selectors: Vec<Selector>,
    /// Labels that are grouped, matched or ignored by.
    pub labels: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Name(String),
    Text(String),
    Sign(String),
}

/// Words between expressions.
const WORDS: [&str; 7] = ["and", "or", "unless", "bool", "offset", "inf", "nan"];
/// Words before labels in parentheses.
const BEFORE_LABELS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// Reads an expression.
pub fn read(expression: &str) -> anyhow::Result<Named> {
    let tokens = tokens(expression)?;
    let mut named = Named::default();
    let mut rest = tokens.iter().peekable();
    while let Some(token) = rest.next() {
        let Token::Name(name) = token else { continue };
        let opens = |sign: &str, next: Option<&&Token>| matches!(next, Some(Token::Sign(it)) if it == sign);
        if BEFORE_LABELS.contains(&name.as_str()) {
            if opens("(", rest.peek()) {
                let inside = rest.by_ref().take_while(|token| **token != Token::Sign(")".into()));
                named.labels.extend(inside.filter_map(|token| match token {
                    Token::Name(label) => Some(label.clone()),
                    _ => None,
                }));
            }
        } else if opens("(", rest.peek())
            || grouped(rest.peek())
            || WORDS.contains(&name.to_lowercase().as_str())
        {
            // A function, whose arguments come next, perhaps after labels, or a word.
        } else {
            let mut matchers = Vec::new();
            if opens("{", rest.peek()) {
                let inside: Vec<_> =
                    rest.by_ref().take_while(|token| **token != Token::Sign("}".into())).skip(1).collect();
                for matcher in inside.split(|token| **token == Token::Sign(",".into())) {
                    match matcher {
                        [] => {}
                        [Token::Name(label), Token::Sign(sign), Token::Text(value)] => {
                            matchers.push((label.clone(), sign.clone(), value.clone()));
                        }
                        _ => bail!("{matcher:?} is no matcher in {expression}"),
                    }
                }
            }
            named.selectors.push(Selector { metric: name.clone(), matchers });
        }
    }
    Ok(named)
}

/// Whether what comes next says what to group by.
fn grouped(next: Option<&&Token>) -> bool {
    matches!(next, Some(Token::Name(word)) if BEFORE_LABELS[..2].contains(&word.as_str()))
}

fn tokens(expression: &str) -> anyhow::Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let length = |part: &dyn Fn(char) -> bool| rest.find(|it| !part(it)).unwrap_or(rest.len());
        let taken = if first.is_whitespace() {
            first.len_utf8()
        } else if first.is_ascii_alphabetic() || first == '_' {
            let taken = length(&|it| it.is_ascii_alphanumeric() || it == '_' || it == ':');
            tokens.push(Token::Name(rest[..taken].to_owned()));
            taken
        } else if first.is_ascii_digit() {
            // Numbers and durations.
            length(&|it| it.is_ascii_alphanumeric() || it == '.')
        } else if first == '[' {
            rest.find(']').with_context(|| format!("no ] in {expression}"))? + 1
        } else if first == '"' {
            let (text, taken) = text(rest).with_context(|| format!("a text does not end in {expression}"))?;
            tokens.push(Token::Text(text));
            taken
        } else if first == '\'' || first == '`' || first == '#' {
            bail!("{first} is not read here: {expression}");
        } else {
            let taken = ["=~", "!~", "!=", "==", ">=", "<="].iter().any(|sign| rest.starts_with(sign));
            let taken = if taken { 2 } else { first.len_utf8() };
            tokens.push(Token::Sign(rest[..taken].to_owned()));
            taken
        };
        rest = &rest[taken..];
    }
    Ok(tokens)
}

/// A text in quotes at the beginning, and how much of it that is.
fn text(from: &str) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut letters = from.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, at + 1)),
            '\\' => text.push(letters.next()?.1),
            _ => text.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(expression: &str) -> Vec<String> {
        read(expression).expect("read").selectors.into_iter().map(|selector| selector.metric).collect()
    }

    #[test]
    fn functions_words_labels_and_durations_are_no_metrics() {
        let expression = "sum by (a, b) (rate(x_total{c=\"}(\",d!~\"e|f\"}[5m] offset 1h)) / on (g) \
            group_left (h) clamp_min(y, 2.5e3) > bool 0.03 unless absent(z) or Inf";
        let named = read(expression).expect("read");
        assert_eq!(metrics(expression), ["x_total", "y", "z"]);
        assert_eq!(named.labels.iter().collect::<Vec<_>>(), ["a", "b", "g", "h"]);
        let [x, ..] = &named.selectors[..] else { panic!("none") };
        let matcher = |label: &str, sign: &str, value: &str| (label.into(), sign.into(), value.into());
        assert_eq!(x.matchers, [matcher("c", "=", "}("), matcher("d", "!~", "e|f")]);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for wrong in ["x{a=b}", "x{\"a\"}", "x{a=\"b}", "x[5m", "x{a='b'}"] {
            read(wrong).expect_err(wrong);
        }
    }
}
