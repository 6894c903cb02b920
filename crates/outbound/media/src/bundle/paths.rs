//! Names of entries: which are paths inside the bundle, and which lead out or cannot be names at all.

use creativestore_domain::text::is_deceptive;

/// The longest path, in bytes.
const LONGEST: usize = 512;

/// The path of an entry, or why it is none. A folder's path has no `/` at its end.
pub fn parse(raw: &[u8]) -> Result<String, &'static str> {
    let name = std::str::from_utf8(raw).map_err(|_| "a name that is not UTF-8")?;
    if name.len() > LONGEST {
        return Err("a path of more than 512 bytes");
    }
    if name.contains('\\') {
        return Err("a path with backslashes");
    }
    if name.chars().any(|c| c.is_control() || is_deceptive(c)) {
        return Err("a name with characters that cannot be seen");
    }
    let bytes = name.as_bytes();
    if name.starts_with('/') || (bytes.len() > 1 && bytes[1] == b':' && bytes[0].is_ascii_alphabetic()) {
        return Err("an absolute path");
    }
    let path = name.strip_prefix("./").unwrap_or(name);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.split('/').any(|part| part == "..") {
        return Err("a path that leads out of the bundle");
    }
    if path.split('/').any(|part| part.is_empty() || part == ".") {
        return Err("a path with an empty part");
    }
    Ok(path.to_owned())
}

/// What archivers leave behind and nobody means.
pub fn is_litter(path: &str) -> bool {
    path == "__MACOSX" || path.starts_with("__MACOSX/") || path.rsplit('/').next() == Some(".DS_Store")
}

/// The folder that everything is in, with its `/`, when there is one.
pub fn common_folder<'a>(mut paths: impl Iterator<Item = &'a str>) -> Option<String> {
    let (first, _) = paths.next()?.split_once('/')?;
    let root = format!("{first}/");
    paths.all(|path| path.starts_with(&root)).then_some(root)
}

/// Where a reference in the file `from` leads, as a path of the bundle; `None` when it leads out of it.
pub fn resolve(from: &str, reference: &str) -> Option<String> {
    let reference = reference.trim();
    let end = reference.find(['?', '#']).unwrap_or(reference.len());
    let reference = &reference[..end];
    let has_scheme = reference.split(['/', '?']).next().is_some_and(|first| first.contains(':'));
    if reference.is_empty() || reference.starts_with("//") || has_scheme {
        return None;
    }
    let mut parts: Vec<&str> = match reference.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => from.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect(),
    };
    let reference = decoded(reference);
    for part in reference.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// `%20` and the like, where they make UTF-8.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.extend(u8::try_from(high * 16 + low));
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_out_are_none() {
        for bad in [
            &b"../x"[..],
            b"a/../../x",
            b"/etc/passwd",
            b"C:/x",
            b"c:x",
            b"a\\b",
            b"a\0b",
            b"a//b",
            b"a/./b",
            b"",
            b"/",
            b"\xff",
            "a\u{202e}gpj.exe".as_bytes(),
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(parse(b"img/a b.png").as_deref(), Ok("img/a b.png"));
        assert_eq!(parse(b"img/").as_deref(), Ok("img"));
        assert_eq!(parse(b"./index.html").as_deref(), Ok("index.html"));
    }

    #[test]
    fn references_are_followed_from_where_they_stand() {
        let from = |file, reference| resolve(file, reference);
        assert_eq!(from("index.html", "a.js?x=1#y").as_deref(), Some("a.js"));
        assert_eq!(from("css/main.css", "../img/a%20b.png").as_deref(), Some("img/a b.png"));
        assert_eq!(from("css/main.css", "/img/x.png").as_deref(), Some("img/x.png"));
        assert_eq!(from("a/b/c.html", "./d.js").as_deref(), Some("a/b/d.js"));
        assert_eq!(from("index.html", "../out.js"), None);
        for outside in ["https://x.example/a.js", "//x.example/a.js", "", "#a", "data:,x"] {
            assert_eq!(from("index.html", outside), None, "{outside}");
        }
    }
}
