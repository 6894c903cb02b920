//! What style sheets load: `url(…)` and `@import`. Comments do not count.

use super::{Reference, Role, leads_somewhere};
use crate::bounds::MAX_REFERENCES;

const URL: &str = "url(";
const IMPORT: &str = "@import";

/// What the style text loads, in order.
pub fn references(style: &str) -> Vec<Reference> {
    let style = without_comments(style);
    let mut found = Vec::new();
    let mut rest = style.as_str();
    while let Some((at, mark)) = next_mark(rest) {
        let mut inside = rest[at + mark.len()..].trim_start();
        let role = if mark == IMPORT { Role::Style } else { Role::Other };
        let import_of_url = inside.get(..URL.len()).filter(|head| head.eq_ignore_ascii_case(URL));
        if mark == IMPORT && import_of_url.is_some() {
            inside = inside[URL.len()..].trim_start();
        } else if mark == IMPORT && !inside.starts_with(['"', '\'']) {
            rest = inside;
            continue;
        }
        // Nothing closes it any more: nothing further can be closed either.
        let Some((target, after)) = quoted(inside).or_else(|| inside.split_once(')')) else { break };
        let target = target.trim();
        if leads_somewhere(target) {
            found.push(Reference { url: target.to_owned(), role });
            if found.len() == MAX_REFERENCES {
                break;
            }
        }
        rest = after;
    }
    found
}

/// Where the next `url(` or `@import` stands, and which it is.
fn next_mark(text: &str) -> Option<(usize, &'static str)> {
    let bytes = text.as_bytes();
    (0..bytes.len()).find_map(|at| {
        let is = |mark: &&str| {
            bytes.get(at..at + mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark.as_bytes()))
        };
        [URL, IMPORT].into_iter().find(is).map(|mark| (at, mark))
    })
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let end = text[1..].find(quote)? + 1;
    Some((&text[1..end], &text[end + 1..]))
}

fn without_comments(style: &str) -> String {
    let mut out = String::with_capacity(style.len());
    let mut rest = style;
    while let Some((before, comment)) = rest.split_once("/*") {
        out.push_str(before);
        out.push(' ');
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_loaded_is_found_and_what_is_not_is_not() {
        let style = "@import 'a.css'; @IMPORT url(\"b.css\") screen; /* url(no.png) */
            a { background: URL( img/x.png ) } b { src: url('f.woff2'), url(data:font/woff;base64,AA) } c { d: url(#g) }";
        let found: Vec<_> = references(style).into_iter().map(|it| (it.url, it.role)).collect();
        let expected = [
            ("a.css", Role::Style),
            ("b.css", Role::Style),
            ("img/x.png", Role::Other),
            ("f.woff2", Role::Other),
        ];
        assert_eq!(found, expected.map(|(url, role)| (url.to_owned(), role)));
    }

    #[test]
    fn unfinished_style_ends() {
        for style in ["url(", "url('", "@import", "/*", "@import url(", "url(\"é", "@import é"] {
            assert_eq!(references(style), [], "{style}");
        }
    }
}
