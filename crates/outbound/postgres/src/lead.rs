//! Which parts of a filter to begin with. Knows how many creatives have a part, up to a few hundred, how far back the newest
//! of them go, and which words begin as asked, up to a few. What is found then need not be of the same moment: whatever was
//! made before this look is found, and what comes meanwhile may be.

use creativestore_domain::id::AccountId;
use creativestore_domain::search::QueryTerm;
use creativestore_ports::store::StoreError;
use creativestore_sql::list::{Lead, Part, after_every};
use creativestore_sql::statement::{Arg, Statement};
use creativestore_sql::work::Connection as _;

use crate::work::PostgresWork;

/// As many creatives can be looked at one by one, rather than walking through more.
const FEW: i64 = 100;

/// As many can be where the words are too many to walk through.
const MANY: i64 = 500;

/// As many values of a part can be walked through together.
const VALUES: usize = 8;

/// How many creatives of a list are walked past in the time in which one is looked up in it (measured: 0.3 and 4 µs).
const PASSED: i64 = 12;

/// What is known of a part.
#[derive(sqlx::FromRow)]
struct PartRow {
    /// How many creatives have it: one more than `FEW`, or than `MANY` where there are more words, stands for more.
    number: i64,
    /// When the newest of those was made; nothing of a range.
    newest: Option<i64>,
    /// When the oldest of those was.
    oldest: Option<i64>,
    /// The words that begin as asked, as a JSON list: one more than `VALUES` stands for more.
    words: Option<String>,
}

/// A part that can be walked through.
struct List {
    place: usize,
    values: Vec<String>,
    /// How long it took until so many were made.
    took: i64,
}

pub(crate) async fn lead(
    work: &mut PostgresWork,
    account: AccountId,
    parts: &[Part<'_>],
) -> Result<Lead, StoreError> {
    if parts.is_empty() {
        return Ok(Lead::Order);
    }
    let mut query = Statement::planned_once();
    for (place, part) in parts.iter().enumerate() {
        let all = if place > 0 { " UNION ALL " } else { "" };
        query.and(&format!("{all}SELECT {place} AS place, "), []);
        known(&mut query, account, *part);
    }
    query.and(" ORDER BY place", []);
    let rows: Vec<PartRow> = work.all("creative", query).await?;
    Ok(choose(parts, &rows))
}

fn choose(parts: &[Part<'_>], rows: &[PartRow]) -> Lead {
    let newest = rows.iter().filter_map(|row| row.newest).max().unwrap_or_default();
    let mut lists = Vec::new();
    let mut few: Option<(i64, usize)> = None;
    for (place, (part, row)) in parts.iter().zip(rows).enumerate() {
        let words = || -> Option<Vec<String>> { serde_json::from_str(row.words.as_ref()?).ok() };
        let values = part.values().or_else(words);
        let more = values.as_ref().is_some_and(|values| values.len() > VALUES);
        // No more than `FEW` were counted of what is not the beginning of words, however many values it has.
        let most = if more && row.words.is_some() { MANY } else { FEW };
        if row.number <= most {
            few = few.into_iter().chain([(row.number, place)]).min();
        }
        let took = row.oldest.map(|oldest| newest.saturating_sub(oldest));
        if let (Some(values), Some(took), false) = (values, took, more) {
            lists.push(List { place, values, took });
        }
    }
    if let Some((_, place)) = few {
        return Lead::Few(place);
    }
    // The one that is met most rarely first.
    lists.sort_by_key(|list| std::cmp::Reverse(list.took));
    lists.truncate(2);
    if let [first, second] = lists.as_slice()
        && first.took > second.took.saturating_mul(PASSED)
    {
        lists.truncate(1);
    }
    if lists.is_empty() {
        return Lead::None;
    }
    Lead::Walk(lists.into_iter().map(|List { place, values, .. }| (place, values)).collect())
}

/// The columns of a `PartRow`, and where they come from.
fn known(query: &mut Statement, account: AccountId, part: Part<'_>) {
    match (part, part.values()) {
        (_, Some(values)) => {
            query.and("number, newest, oldest, NULL AS words FROM ", []);
            let marks = vec!["(?)"; values.len()].join(", ");
            let values = values.into_iter().map(Arg::Text);
            newest(query, account, part, &format!("(VALUES {marks}) AS of (value)"), values);
        }
        (Part::Term(QueryTerm::Prefix(begin)), None) => {
            query.and(&format!("CASE WHEN json_array_length(words) > {VALUES} THEN ("), []);
            counted(query, account, part, MANY);
            query.and(") ELSE number END AS number, newest, oldest, words::text FROM (SELECT ", []);
            words(query, account, begin);
            query.and(" AS words OFFSET 0) AS may CROSS JOIN LATERAL ", []);
            newest(query, account, part, "json_array_elements_text(words) AS of (value)", []);
        }
        (_, None) => {
            query.and("number, NULL AS newest, NULL AS oldest, NULL AS words FROM (", []);
            counted(query, account, part, FEW);
            query.and(") AS counted", []);
        }
    }
}

/// How many creatives have it, and one more than `most` where there are more.
fn counted(query: &mut Statement, account: AccountId, part: Part<'_>, most: i64) {
    query.and("SELECT COUNT(*) AS number FROM (SELECT 1", []);
    part.rows(query, account);
    query.and(&format!(" LIMIT {most} + 1) AS first"), []);
}

/// The newest of those that have one of these values.
fn newest(
    query: &mut Statement,
    account: AccountId,
    part: Part<'_>,
    values: &str,
    given: impl IntoIterator<Item = Arg>,
) {
    let begin = "(SELECT COUNT(*) AS number, MAX(created_at) AS newest, MIN(created_at) AS oldest FROM (\
                 SELECT each.created_at FROM ";
    query.and(begin, []);
    query.and(values, given);
    let last = format!(" ORDER BY created_at DESC LIMIT {FEW} + 1)");
    let (table, column) = (part.table().0, part.column());
    let each = format!(
        " CROSS JOIN LATERAL (SELECT created_at FROM {table} WHERE account_id = ? AND {column} = of.value{last} AS each\
         {last} AS first) AS counted"
    );
    query.and(&each, [Arg::Text(account.to_string())]);
}

/// The words that begin so, as a JSON list: from word to word, not through all creatives of each.
fn words(query: &mut Statement, account: AccountId, begin: &str) {
    let words = format!(
        "(WITH RECURSIVE word (term) AS (\
         (SELECT term FROM creative_terms WHERE account_id = ? AND term >= ? AND term < ? ORDER BY term LIMIT 1) \
         UNION ALL SELECT (SELECT t.term FROM creative_terms t \
         WHERE t.account_id = ? AND t.term > word.term AND t.term < ? ORDER BY t.term LIMIT 1) \
         FROM word WHERE word.term IS NOT NULL) \
         SELECT json_agg(term) FROM (SELECT term FROM word WHERE term IS NOT NULL LIMIT {VALUES} + 1) AS begun)"
    );
    let text = |text: &str| Arg::Text(text.to_owned());
    let (account, until) = (account.to_string(), after_every(begin));
    query.and(&words, [text(&account), text(begin), text(&until), text(&account), text(&until)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use creativestore_domain::states::Status;
    use creativestore_domain::text::Label;

    /// So many creatives, of which the last one was made so long before everything else.
    const fn row(number: i64, took: i64) -> PartRow {
        PartRow { number, newest: Some(1_000_000), oldest: Some(1_000_000 - took), words: None }
    }

    fn walk(lists: &[(usize, &[&str])]) -> Lead {
        let list =
            |(place, values): &(usize, &[&str])| (*place, values.iter().map(ToString::to_string).collect());
        Lead::Walk(lists.iter().map(list).collect())
    }

    #[test]
    fn a_list_begins_with_what_few_have_and_otherwise_with_what_is_met_most_rarely() {
        let (label, term) = (Label::parse("winter").expect("a label"), QueryTerm::Exact("sale".into()));
        let parts = [Part::Label(&label), Part::Term(&term)];
        assert_eq!(choose(&parts, &[row(101, 10), row(100, 900)]), Lead::Few(1));
        assert_eq!(choose(&parts, &[row(3, 900), row(2, 10)]), Lead::Few(1));
        let (labels, terms): (&[&str], &[&str]) = (&["winter"], &["sale"]);
        assert_eq!(choose(&parts, &[row(101, 10), row(101, 120)]), walk(&[(1, terms), (0, labels)]));
        assert_eq!(choose(&parts, &[row(101, 10), row(101, 121)]), walk(&[(1, terms)]));
        assert_eq!(choose(&parts, &[row(101, 121), row(101, 10)]), walk(&[(0, labels)]));
    }

    #[test]
    fn a_status_that_is_named_again_and_again_is_no_rarer() {
        let statuses = [Status::Approved; VALUES + 1];
        let label = Label::parse("winter").expect("a label");
        let parts = [Part::Label(&label), Part::Statuses(&statuses)];
        let labels: &[&str] = &["winter"];
        assert_eq!(choose(&parts, &[row(101, 10), row(101, 10)]), walk(&[(0, labels)]));
    }

    #[test]
    fn the_beginning_of_a_word_is_walked_through_as_the_few_words_that_it_is() {
        let begin = QueryTerm::Prefix("s".into());
        let parts = [Part::Term(&begin)];
        let known = |number, known: &[&str]| {
            let words = Some(serde_json::to_string(known).expect("a list"));
            choose(&parts, &[PartRow { words, ..row(number, 10) }])
        };
        assert_eq!(known(101, &["sale", "summer"]), walk(&[(0, &["sale", "summer"])]));
        let many: Vec<String> = (0..=VALUES).map(|number| format!("s{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(known(500, &many), Lead::Few(0));
        assert_eq!(known(501, &many), Lead::None, "the database knows best");
        assert_eq!(choose(&parts, &[row(0, 0)]), Lead::Few(0), "there is no such word");
    }
}
