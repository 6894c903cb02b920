//! `${NAME}` and `${NAME:default}` in the values of files. Knows no key.

use super::Environment;

/// Fills in the variables of a text; an error names the one that has neither value nor default.
pub fn fill(text: &str, environment: &Environment) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            filled.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let end = after.find('}').ok_or("`${` is not closed by `}`")?;
            let (name, default) = match after[..end].split_once(':') {
                Some((name, default)) => (name, Some(default)),
                None => (&after[..end], None),
            };
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(format!("`${{{name}}}` is no name of a variable"));
            }
            let value = environment.get(name).or(default);
            filled.push_str(value.ok_or_else(|| {
                format!("the variable {name} is not set and has no default: set it, or write `${{{name}:default}}`")
            })?);
            rest = &after[end + 1..];
        } else {
            filled.push('$');
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_with_their_value_or_their_default() {
        let environment = Environment::from([("DB", "creatives"), ("EMPTY", "")]);
        let fill = |text| fill(text, &environment);
        assert_eq!(fill("a ${DB} b"), Ok("a creatives b".into()));
        assert_eq!(fill("${DB:other}/${NONE:x:y}"), Ok("creatives/x:y".into()));
        assert_eq!(fill("${EMPTY:default}${NONE:}"), Ok("default".into()));
        assert_eq!(fill("5$ $$ $${DB}"), Ok("5$ $ ${DB}".into()));
        for (text, says) in
            [("${NONE}", "NONE"), ("${EMPTY}", "EMPTY"), ("${DB", "not closed"), ("${a b}", "a b")]
        {
            assert!(fill(text).is_err_and(|error| error.contains(says)), "{text}");
        }
    }
}
