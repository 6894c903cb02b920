//! Which word of a search for several to begin with. Knows how many creatives have a word, up to a few hundred, and which
//! words begin as asked, up to a few.

use creativestore_domain::id::AccountId;
use creativestore_domain::search::QueryTerm;
use creativestore_ports::store::StoreError;
use creativestore_sql::list::{Lead, having};
use creativestore_sql::statement::{Arg, Statement};
use creativestore_sql::work::Connection as _;

use crate::work::PostgresWork;

/// As many creatives can be looked at one by one, rather than walking through more.
const FEW: i64 = 100;

/// As many can be where the words are too many to walk through.
const MANY: i64 = 500;

/// As many words can be walked through together.
const WORDS: usize = 8;

/// What is known of a term.
#[derive(sqlx::FromRow)]
struct TermRow {
    /// How many creatives have it: one more than `FEW`, or than `MANY` where there are more words, stands for more.
    number: i64,
    /// The words that it may be, as a JSON list: one more than `WORDS` stands for more.
    words: Option<String>,
}

pub(crate) async fn lead(
    work: &mut PostgresWork,
    account: AccountId,
    terms: &[QueryTerm],
) -> Result<Lead, StoreError> {
    let mut query = Statement::new("");
    for (place, term) in terms.iter().enumerate() {
        ask(&mut query, account, place, term);
    }
    query.and(" ORDER BY place", []);
    let known: Vec<TermRow> = work.all("creative", query).await?;
    let words = |term: &TermRow| -> Option<Vec<String>> {
        serde_json::from_str(term.words.as_ref()?).ok().filter(|words: &Vec<String>| words.len() <= WORDS)
    };
    let words: Vec<_> = known.iter().map(words).collect();
    let few = known.iter().zip(&words).enumerate().filter(|(_, (term, words))| {
        let most = if words.is_some() { FEW } else { MANY };
        term.number <= most
    });
    if let Some((place, _)) = few.min_by_key(|(_, (term, _))| term.number) {
        return Ok(Lead::Few(place));
    }
    let walks = words.iter().enumerate().filter_map(|(place, words)| Some((place, words.as_ref()?.len())));
    let fewest = walks.min_by_key(|(_, words)| *words);
    Ok(fewest.map_or(Lead::None, |(place, _)| Lead::Walk(place, words)))
}

fn ask(query: &mut Statement, account: AccountId, place: usize, term: &QueryTerm) {
    let (condition, values) = having(term);
    let all = if place > 0 { " UNION ALL " } else { "" };
    let account = || Arg::Text(account.to_string());
    let number = format!(
        "{all}SELECT {place} AS place, (SELECT COUNT(*) FROM (SELECT 1 FROM creative_terms \
         WHERE account_id = ? AND {condition} \
         LIMIT CASE WHEN json_array_length(may.words) <= {WORDS} THEN {FEW} ELSE {MANY} END + 1) AS counted) AS number, \
         may.words::text AS words FROM (SELECT "
    );
    query.and(&number, [account()].into_iter().chain(values.iter().cloned()));
    match (term, values.as_slice()) {
        (QueryTerm::Prefix(_), [from, until]) => {
            // From word to word, not through all creatives of each.
            let words = format!(
                "(WITH RECURSIVE word (term) AS (\
                 (SELECT term FROM creative_terms WHERE account_id = ? AND term >= ? AND term < ? ORDER BY term LIMIT 1) \
                 UNION ALL SELECT (SELECT t.term FROM creative_terms t \
                 WHERE t.account_id = ? AND t.term > word.term AND t.term < ? ORDER BY t.term LIMIT 1) \
                 FROM word WHERE word.term IS NOT NULL) \
                 SELECT json_agg(term) FROM (SELECT term FROM word WHERE term IS NOT NULL LIMIT {WORDS} + 1) AS begun)"
            );
            query.and(&words, [account(), from.clone(), until.clone(), account(), until.clone()]);
        }
        _ => query.and("json_build_array(?::text)", values),
    }
    query.and(" AS words OFFSET 0) AS may", []);
}
