//! How numbers and lists read in a check.

/// `150 kB (150,000 bytes)`; a kB has 1,000 bytes, an MB 1,000,000 (IEC 80000-13).
pub(super) fn bytes(bytes: u64) -> String {
    let short = |unit: u64, name: &str| {
        let tenths = bytes * 10 / unit;
        if tenths.is_multiple_of(10) {
            format!("{} {name}", tenths / 10)
        } else {
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
    };
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} ({} bytes)", short(1_000, "kB"), grouped(bytes)),
        _ => format!("{} ({} bytes)", short(1_000_000, "MB"), grouped(bytes)),
    }
}

/// `1,234,567`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `15 s`, `15.5 s`
pub(super) fn seconds(ms: u64) -> String {
    match ms % 1000 {
        0 => format!("{} s", ms / 1000),
        rest => format!("{}.{} s", ms / 1000, format!("{rest:03}").trim_end_matches('0')),
    }
}

/// `300x250`
pub(super) fn size((width, height): (u32, u32)) -> String {
    format!("{width}x{height}")
}

/// `a, b or c`; `none` of nothing.
pub(super) fn any_of(items: impl IntoIterator<Item = impl ToString>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    match items.split_last() {
        None => "none".into(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// The first few of a list, and how many more there are.
pub(super) fn few(items: impl IntoIterator<Item = impl ToString>) -> String {
    const SHOWN: usize = 5;
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    let shown = items.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if items.len() > SHOWN { format!("{shown} and {} more", items.len() - SHOWN) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(150_000), "150 kB (150,000 bytes)");
        assert_eq!(bytes(150_001), "150 kB (150,001 bytes)");
        assert_eq!(bytes(9_500_000), "9.5 MB (9,500,000 bytes)");
        assert_eq!(seconds(15_000), "15 s");
        assert_eq!(seconds(15_540), "15.54 s");
    }

    #[test]
    fn lists_read_as_people_write_them() {
        assert_eq!(any_of(["a", "b", "c"]), "a, b or c");
        assert_eq!(any_of(["a"]), "a");
        assert_eq!(few(1..=7), "1, 2, 3, 4, 5 and 2 more");
    }
}
