//! Text search: how texts become the terms that they are found by, the same for every database.
//!
//! Texts are compatibility-normalised (NFKC), case-folded and stripped of accents. Words in scripts that are
//! written with spaces are terms of their own; runs of Han, kana and Hangul become pairs of characters, so
//! that no dictionary is needed. A query asks for all of its terms: words by their beginning, pairs exactly.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// One term of a query.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueryTerm {
    /// Every term that begins so.
    Prefix(String),
    /// Just this term.
    Exact(String),
}

/// The most characters of a term; longer words are found by their first so many.
pub const MAX_TERM: usize = 64;
/// The most terms that one creative is found by.
pub const MAX_TERMS: usize = 400;
/// The most terms of a query.
pub const MAX_QUERY_TERMS: usize = 16;

/// Why a query cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// It has no letter and no digit.
    #[error("it needs at least one letter or digit")]
    Empty,
    /// It has more terms than are looked for at once.
    #[error("it has more than {MAX_QUERY_TERMS} words")]
    TooManyTerms,
}

/// The terms that these texts are found by.
pub fn index_terms(texts: &[&str]) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    for run in texts.iter().flat_map(|text| runs(text)) {
        match run {
            Run::Word(word) => {
                terms.insert(word);
            }
            Run::Ideographs(characters) => {
                terms.extend(characters.windows(2).map(|pair| pair.iter().collect::<String>()));
                // The last one begins no pair, and is asked for on its own.
                terms.extend(characters.last().map(char::to_string));
            }
        }
        if terms.len() >= MAX_TERMS {
            break;
        }
    }
    terms
}

/// What a query asks for; everything that it returns must be found.
pub fn query_terms(query: &str) -> Result<Vec<QueryTerm>, QueryError> {
    let mut terms = BTreeSet::new();
    for run in runs(query) {
        match run {
            Run::Word(word) => {
                terms.insert(QueryTerm::Prefix(word));
            }
            Run::Ideographs(characters) if characters.len() == 1 => {
                terms.insert(QueryTerm::Prefix(characters.iter().collect()));
            }
            Run::Ideographs(characters) => {
                let pairs = characters.windows(2).map(|pair| QueryTerm::Exact(pair.iter().collect()));
                terms.extend(pairs);
            }
        }
        if terms.len() > MAX_QUERY_TERMS {
            return Err(QueryError::TooManyTerms);
        }
    }
    if terms.is_empty() { Err(QueryError::Empty) } else { Ok(terms.into_iter().collect()) }
}

/// The form in which names are sorted and texts compared.
pub fn fold(text: &str) -> String {
    let apart = text.nfkd().filter(|c| !is_accent(*c)).flat_map(char::to_lowercase);
    let together: String = apart.nfkc().collect();
    together.replace('ß', "ss").replace('ς', "σ")
}

enum Run {
    Word(String),
    Ideographs(Vec<char>),
}

fn runs(text: &str) -> Vec<Run> {
    let folded = fold(text);
    let mut runs = Vec::new();
    for piece in folded.split(|c: char| !c.is_alphanumeric()) {
        let mut rest = piece;
        while let Some(first) = rest.chars().next() {
            let ideographs = is_ideograph(first);
            let end = rest.find(|c| is_ideograph(c) != ideographs).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            runs.push(if ideographs {
                Run::Ideographs(run.chars().collect())
            } else {
                Run::Word(run.chars().take(MAX_TERM).collect())
            });
            rest = after;
        }
    }
    runs
}

/// Combining marks, but not those that kana cannot be told apart without (U+3099 and U+309A).
fn is_accent(c: char) -> bool {
    is_combining_mark(c) && !matches!(c, '\u{3099}' | '\u{309A}')
}

/// Scripts written without spaces between words: Han, Hiragana, Katakana, Hangul.
fn is_ideograph(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finds(text: &str, query: &str) -> bool {
        let terms = index_terms(&[text]);
        query_terms(query).expect("a query").iter().all(|asked| match asked {
            QueryTerm::Prefix(prefix) => terms.iter().any(|term| term.starts_with(prefix)),
            QueryTerm::Exact(exact) => terms.contains(exact),
        })
    }

    #[test]
    fn case_accents_and_width_do_not_matter() {
        assert!(finds("Café Größe ＡＢＣ", "CAFE grosse abc"));
        assert!(finds("cafe", "CAFÉ"));
        assert!(finds("ﬁne Ångström", "fine angstrom"));
    }

    #[test]
    fn a_word_is_found_by_its_beginning_and_not_by_its_end() {
        assert!(finds("Holiday Campaign 2026", "holi camp 20"));
        assert!(!finds("Holiday", "day"));
        assert!(!finds("Holiday", "holiday sale"));
    }

    #[test]
    fn chinese_japanese_and_korean_are_found_by_any_run() {
        assert!(finds("双十一大促", "十一"));
        assert!(finds("双十一大促", "促"));
        assert!(finds("春のキャンペーン", "キャンペーン"));
        assert!(finds("여름세일", "세일"));
        assert!(!finds("双十一大促", "大十"));
        assert!(finds("ナイキNike广告", "nike 广告"));
    }

    #[test]
    fn voiced_kana_are_other_letters() {
        assert!(!finds("はな", "ばな"));
    }

    #[test]
    fn a_query_without_letters_or_with_too_many_is_refused() {
        assert_eq!(query_terms(" – !"), Err(QueryError::Empty));
        let many = (0..40).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
        assert_eq!(query_terms(&many), Err(QueryError::TooManyTerms));
    }

    proptest! {
        #[test]
        fn every_beginning_of_every_word_is_found(words in prop::collection::vec("[a-zA-Zéüñ0-9]{1,12}", 1..6), which in any::<prop::sample::Index>(), cut in 1usize..12) {
            let word = which.get(&words);
            let beginning: String = word.chars().take(cut).collect();
            prop_assert!(finds(&words.join(" "), &beginning));
        }

        #[test]
        fn every_run_of_ideographs_is_found(text in "[\u{4E00}-\u{9FA5}]{1,12}", from in 0usize..12, len in 1usize..6) {
            let run: String = text.chars().skip(from).take(len).collect();
            prop_assume!(!run.is_empty());
            prop_assert!(finds(&text, &run));
        }

        #[test]
        fn any_text_gives_bounded_terms(text in ".{0,400}") {
            let terms = index_terms(&[&text]);
            prop_assert!(terms.iter().all(|term| !term.is_empty() && term.chars().count() <= MAX_TERM));
        }
    }
}
