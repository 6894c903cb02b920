//! Macros, in the forms that ad servers fill: `{NAME}`, `${NAME}`, `%%NAME%%` and `[NAME]`. Knows no meanings.

use crate::once::Names;

/// The longest name of a macro.
const LONGEST: usize = 64;

/// Finds the macros of a text.
pub fn find(text: &str, names: &mut Names) {
    // Brackets are often escaped in URLs.
    let unescaped;
    let text = if text.contains("%5B") || text.contains("%5b") {
        unescaped = text.replace("%5B", "[").replace("%5b", "[").replace("%5D", "]").replace("%5d", "]");
        unescaped.as_str()
    } else {
        text
    };
    for (at, opening) in text.match_indices(['{', '[', '%']) {
        let inside = &text[at + 1..];
        let name = match opening {
            "{" => closed(inside, "}").filter(|name| is_constant(name)),
            "[" if !follows_a_value(&text[..at]) => closed(inside, "]").filter(|name| is_constant(name)),
            "%" => inside
                .strip_prefix('%')
                .and_then(|inside| closed(inside, "%%"))
                .filter(|name| is_constant(name.split(':').next().unwrap_or_default())),
            _ => None,
        };
        if let Some(name) = name {
            names.add(name);
        }
    }
}

/// What stands before the closing mark, if that comes soon.
fn closed<'a>(inside: &'a str, mark: &str) -> Option<&'a str> {
    let mut end = inside.len().min(LONGEST + mark.len());
    while !inside.is_char_boundary(end) {
        end -= 1;
    }
    inside[..end].find(mark).map(|end| &inside[..end])
}

/// Names of macros are in capitals; what is not is script or style.
fn is_constant(name: &str) -> bool {
    name.len() >= 3
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
}

/// `list[INDEX]` in a script is no macro.
fn follows_a_value(before: &str) -> bool {
    before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | ')' | ']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut names = Names::default();
        find(text, &mut names);
        names.into_vec()
    }

    #[test]
    fn every_form_is_found_once_by_its_bare_name() {
        let text = "a={CLICK_URL}&b=%%CLICK_URL_UNESC%%&c=${CLICK_URL_ENC}&d=[CLICKTAG]&e=%5BERRORCODE%5D{CLICK_URL}";
        assert_eq!(found(text), ["CLICK_URL", "CLICK_URL_UNESC", "CLICK_URL_ENC", "CLICKTAG", "ERRORCODE"]);
        assert_eq!(found("%%PATTERN:url%%"), ["PATTERN:url"]);
    }

    #[test]
    fn script_and_style_are_no_macros() {
        assert_eq!(found("list[MAX] f()[ONE] {a: b} [0] {X} 100%% ${name} [class] {"), Vec::<String>::new());
    }
}
