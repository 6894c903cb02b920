//! Character references of HTML in attribute values: numbers, and the names of the characters that URLs and
//! scripts are made of. What is not known stays as it is.

use std::borrow::Cow;

/// The longest reference that is looked at, without `&`.
const LONGEST: usize = 12;

/// The value with its references resolved.
pub fn resolved(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        if let Some((c, length)) = reference(after) {
            out.push(c);
            rest = &after[length..];
        } else {
            out.push('&');
            rest = after;
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character that a reference means, and how long the reference is.
fn reference(after: &str) -> Option<(char, usize)> {
    let name_ends = |c: char| !c.is_ascii_alphanumeric() && c != '#';
    let end = after.find(name_ends).unwrap_or(after.len());
    let name = after.get(..end).filter(|name| !name.is_empty() && name.len() <= LONGEST)?;
    let closed = after[end..].starts_with(';');
    let c = match name.strip_prefix('#') {
        // Numbers count without a semicolon too.
        Some(number) => char::from_u32(match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        })?,
        None if closed => named(name)?,
        None => return None,
    };
    Some((c, end + usize::from(closed)))
}

fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" | "AMP" => '&',
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "quot" | "QUOT" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "Tab" => '\t',
        "NewLine" => '\n',
        "colon" => ':',
        "semi" => ';',
        "sol" => '/',
        "bsol" => '\\',
        "period" => '.',
        "comma" => ',',
        "quest" => '?',
        "num" => '#',
        "equals" => '=',
        "percnt" => '%',
        "plus" => '+',
        "lowbar" => '_',
        "lpar" => '(',
        "rpar" => ')',
        "lsqb" => '[',
        "rsqb" => ']',
        "lcub" => '{',
        "rcub" => '}',
        "dollar" => '$',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_and_other_ampersands_stay() {
        assert_eq!(resolved("a?b=1&amp;c=2&d=3&copy=4"), "a?b=1&c=2&d=3&copy=4");
        assert_eq!(resolved("http&#58;&#x2f;&#x2F;x&period;example"), "http://x.example");
        assert_eq!(resolved("&#58 x &#; &#xzz; &#99999999; &"), ": x &#; &#xzz; &#99999999; &");
    }
}
