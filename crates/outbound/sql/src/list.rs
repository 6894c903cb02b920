//! Lists whose filters and order are chosen at run time: put together from fragments that stand here, with every
//! value bound.

use creativestore_domain::id::AccountId;
use creativestore_domain::search::QueryTerm;
use creativestore_domain::time::Window;
use creativestore_ports::creatives::{AssignmentFilter, CreativeFilter, Sort, SortBy};
use creativestore_ports::page::{Key, Page, PageRequest, Position};
use creativestore_ports::store::StoreError;

use crate::statement::{Arg, Statement};

#[expect(clippy::needless_pass_by_value, reason = "reads best where it is called")]
fn text(value: impl ToString) -> Arg {
    Arg::Text(value.to_string())
}

/// Which of several terms a search begins with, where a database looks before it asks: nothing tells it how many
/// creatives have all of them, so what it would choose by itself costs more and more in a library that grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lead {
    /// Whatever the database thinks best.
    None,
    /// The term at this place: so few creatives have it that each of them can be looked at.
    Few(usize),
    /// The term at this place: creatives that have it are walked through in the order in which they were made, until the
    /// page is full. Of each term, the words that it may be, unless they are too many; of this one they are not.
    Walk(usize, Vec<Option<Vec<String>>>),
}

/// The creatives of an account, one more than the page holds.
pub fn creatives(
    account: AccountId,
    filter: &CreativeFilter,
    sort: Sort,
    page: &PageRequest,
    lead: &Lead,
) -> Statement {
    let CreativeFilter { concept, kind, format, statuses, label, created, updated, terms } = filter;
    let key = if let Lead::Walk(..) = lead { "walked.created_at" } else { column(sort.by) };
    let keys = match sort.by {
        SortBy::Created | SortBy::Updated => [key, "CAST(NULL AS TEXT)"],
        SortBy::Name => ["CAST(NULL AS BIGINT)", key],
    };
    let mut query = Statement::new("SELECT c.id, c.sequence, ");
    query.and(&format!("{} AS number, {} AS text FROM ", keys[0], keys[1]), []);
    match lead {
        Lead::None => query.and("creatives c", []),
        Lead::Few(place) => {
            let (condition, values) = having(&terms[*place]);
            let few = format!(
                "(SELECT DISTINCT creative_id FROM creative_terms WHERE account_id = ? AND {condition} OFFSET 0) AS few \
                 JOIN creatives c ON c.id = few.creative_id"
            );
            query.and(&few, [text(account)].into_iter().chain(values));
        }
        Lead::Walk(place, words) => walk(&mut query, account, filter, sort, page, (*place, words)),
    }
    query.and(" WHERE c.account_id = ?", [text(account)]);
    if let Some(concept) = concept {
        query.and(" AND c.concept_id = ?", [text(concept)]);
    }
    if let Some(kind) = kind {
        query.and(" AND c.kind = ?", [text(kind.as_str())]);
    }
    if !statuses.is_empty() {
        let marks = vec!["?"; statuses.len()].join(", ");
        query.and(&format!(" AND c.status IN ({marks})"), statuses.iter().map(|it| text(it.as_str())));
    }
    for (table, column, value) in [
        ("creative_formats", "format_id", format.as_ref().map(text)),
        ("creative_labels", "label", label.as_ref().map(text)),
    ] {
        if let Some(value) = value {
            let inside = format!(
                " AND c.id IN (SELECT creative_id FROM {table} WHERE account_id = ? AND {column} = ?)"
            );
            query.and(&inside, [text(account), value]);
        }
    }
    within(&mut query, "c.created_at", *created);
    within(&mut query, "c.updated_at", *updated);
    match lead {
        Lead::None => {
            for term in terms {
                let (condition, values) = having(term);
                let inside = format!(
                    " AND c.id IN (SELECT creative_id FROM creative_terms WHERE account_id = ? AND {condition})"
                );
                query.and(&inside, [text(account)].into_iter().chain(values));
            }
        }
        Lead::Few(place) => {
            for (_, term) in terms.iter().enumerate().filter(|(n, _)| n != place) {
                has(&mut query, "c.id", term);
            }
        }
        Lead::Walk(..) => {}
    }
    let order = direction(sort.descending);
    let id = if let Lead::Walk(..) = lead {
        "walked.creative_id"
    } else {
        after(&mut query, (key, "c.id"), sort.descending, page);
        "c.id"
    };
    query.and(&format!(" ORDER BY {key} {order}, {id} {order} LIMIT "), []);
    let limit = page.limit + 1;
    if page.limit.is_multiple_of(10) && *filter == CreativeFilter::default() {
        // Nothing is bound that a plan depends on, so Postgres makes one and keeps it: half of its part in a page. A few
        // such statements only, as there is not room for one of every length.
        query.and(&limit.to_string(), []);
    } else {
        query.and("?", [Arg::Number(i64::from(limit))]);
    }
    query
}

/// The creatives that have the term at this place and every other one, in the order in which they were made. Those of
/// which the words are known are walked through side by side, so that the next one is always near; the others are looked
/// up.
fn walk(
    query: &mut Statement,
    account: AccountId,
    filter: &CreativeFilter,
    sort: Sort,
    page: &PageRequest,
    (place, words): (usize, &[Option<Vec<String>>]),
) {
    query.and("(SELECT DISTINCT ON (w.created_at, w.creative_id) w.created_at, w.creative_id FROM ", []);
    let with = |query: &mut Statement, words: &[String]| {
        for (n, word) in words.iter().enumerate() {
            let before = if n > 0 { " UNION ALL " } else { "(" };
            let one = "SELECT created_at, creative_id FROM creative_terms WHERE account_id = ? AND term = ?";
            query.and(&format!("{before}{one}"), [text(account), text(word)]);
            within(query, "created_at", filter.created);
            after(query, ("created_at", "creative_id"), sort.descending, page);
        }
    };
    with(query, words[place].as_deref().unwrap_or_default());
    query.and(") AS w", []);
    for (n, words) in words.iter().enumerate().filter(|(n, _)| *n != place) {
        if let Some(words) = words {
            query.and(" JOIN ", []);
            with(query, words);
            let same =
                format!(") AS w{n} ON w{n}.created_at = w.created_at AND w{n}.creative_id = w.creative_id");
            query.and(&same, []);
        }
    }
    query.and(" WHERE TRUE", []);
    for (term, _) in filter.terms.iter().zip(words).filter(|(_, words)| words.is_none()) {
        has(query, "w.creative_id", term);
    }
    let order = direction(sort.descending);
    query.and(
        &format!(
            " ORDER BY w.created_at {order}, w.creative_id {order}) AS walked JOIN creatives c ON c.id = walked.creative_id"
        ),
        [],
    );
}

/// That a creative has a term. Looked up for each creative: `OFFSET 0` keeps the database from gathering everything that
/// has the term first.
fn has(query: &mut Statement, id: &str, term: &QueryTerm) {
    let (condition, values) = having(term);
    let exists = format!(
        " AND EXISTS (SELECT 1 FROM creative_terms WHERE creative_id = {id} AND {condition} OFFSET 0)"
    );
    query.and(&exists, values);
}

/// What is true of a term of a creative that is looked for.
pub fn having(term: &QueryTerm) -> (&'static str, Vec<Arg>) {
    match term {
        QueryTerm::Exact(term) => ("term = ?", vec![text(term)]),
        QueryTerm::Prefix(term) => {
            ("term >= ? AND term < ?", vec![text(term), text(format!("{term}\u{10FFFF}"))])
        }
    }
}

/// That a row comes after the page before.
fn after(query: &mut Statement, (column, id): (&str, &str), down: bool, page: &PageRequest) {
    if let Some(Position { key, id: last }) = &page.after {
        let key = match key {
            Key::Text(key) => text(key),
            Key::Number(key) => Arg::Number(*key),
        };
        let than = if down { '<' } else { '>' };
        query.and(&format!(" AND ({column}, {id}) {than} (?, ?)"), [key, text(last)]);
    }
}

const fn direction(down: bool) -> &'static str {
    if down { "DESC" } else { "ASC" }
}

fn within(query: &mut Statement, column: &str, window: Window) {
    if let Some(from) = window.from() {
        query.and(&format!(" AND {column} >= ?"), [Arg::Number(from.micros())]);
    }
    if let Some(until) = window.until() {
        query.and(&format!(" AND {column} < ?"), [Arg::Number(until.micros())]);
    }
}

const fn column(by: SortBy) -> &'static str {
    match by {
        SortBy::Created => "c.created_at",
        SortBy::Updated => "c.updated_at",
        SortBy::Name => "c.name_key",
    }
}

/// The assignments of an account, newest first, one more than the page holds.
pub fn assignments(account: AccountId, filter: &AssignmentFilter, page: &PageRequest) -> Statement {
    let AssignmentFilter { creative, package, media_buy, in_use } = filter;
    let mut query = Statement::new(
        "SELECT id, account_id, creative_id, package, media_buy, weight, flight_from, flight_until, created_at, \
         ended_at FROM assignments WHERE ",
    );
    query.and("account_id = ?", [text(account)]);
    if let Some(creative) = creative {
        query.and(" AND creative_id = ?", [text(creative)]);
    }
    if let Some(package) = package {
        query.and(" AND package = ?", [text(package)]);
    }
    if let Some(media_buy) = media_buy {
        query.and(" AND media_buy = ?", [text(media_buy)]);
    }
    if *in_use {
        query.and(" AND ended_at IS NULL", []);
    }
    if let Some(Position { id, .. }) = &page.after {
        query.and(" AND id < ?", [text(id)]);
    }
    query.and(" ORDER BY id DESC LIMIT ?", [Arg::Number(i64::from(page.limit) + 1)]);
    query
}

/// Accounts by id: all of them or only these, one more than the page holds.
pub fn accounts(only: Option<&[AccountId]>, page: &PageRequest) -> Statement {
    let mut query = Statement::new(
        "SELECT id, name, brand_domain, operator, change_policy, version, created_at, updated_at FROM accounts WHERE ",
    );
    query.and("id > ?", [text(page.after.as_ref().map_or("", |after| &after.id))]);
    if let Some(only) = only {
        let marks = vec!["?"; only.len()].join(", ");
        query.and(&format!(" AND id IN ({marks})"), only.iter().map(text));
    }
    query.and(" ORDER BY id LIMIT ?", [Arg::Number(i64::from(page.limit) + 1)]);
    query
}

/// What lists by id use as "from the beginning" when they go downwards: after every id.
pub const AFTER_EVERY_ID: &str = "\u{10FFFF}";

/// The id that a list by id goes on after; `first` when it begins.
pub fn after_id<'a>(page: &'a PageRequest, first: &'a str) -> &'a str {
    page.after.as_ref().map_or(first, |after| &after.id)
}

/// A page from one row more than it holds, each read back by `read`; `position` tells where a row stands.
pub fn page<R, T>(
    mut rows: Vec<R>,
    limit: u16,
    position: impl Fn(&R) -> Position,
    read: impl Fn(R) -> Result<T, StoreError>,
) -> Result<Page<T>, StoreError> {
    let limit = usize::from(limit);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = more.then(|| rows.last().map(&position)).flatten();
    Ok(Page { items: rows.into_iter().map(read).collect::<Result<_, _>>()?, next })
}

/// The position of a row in a list that is sorted by id alone.
pub fn by_id(id: &str) -> Position {
    Position { key: Key::Number(0), id: id.to_owned() }
}
