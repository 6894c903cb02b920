//! Lists whose filters and order are chosen at run time: put together from fragments that stand here, with every
//! value bound.

use creativestore_domain::format::FormatId;
use creativestore_domain::id::{AccountId, ConceptId};
use creativestore_domain::search::QueryTerm;
use creativestore_domain::states::Status;
use creativestore_domain::text::Label;
use creativestore_domain::time::Window;
use creativestore_ports::creatives::{AssignmentFilter, CreativeFilter, Sort, SortBy};
use creativestore_ports::page::{Key, Page, PageRequest, Position};
use creativestore_ports::store::StoreError;

use crate::rows::CREATIVE_COLUMNS;
use crate::statement::{Arg, Statement};

#[expect(clippy::needless_pass_by_value, reason = "reads best where it is called")]
fn text(value: impl ToString) -> Arg {
    Arg::Text(value.to_string())
}

/// One of the things that creatives are found by.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// Its format.
    Format(&'a FormatId),
    /// One of its labels.
    Label(&'a Label),
    /// One of its terms.
    Term(&'a QueryTerm),
    /// Its concept.
    Concept(ConceptId),
    /// One of these statuses.
    Statuses(&'a [Status]),
    /// When it last changed.
    Updated(Window),
}

impl Part<'_> {
    /// The table that says which creatives have it, and that table's name for a creative.
    pub const fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::Format(_) => ("creative_formats", "creative_id"),
            Self::Label(_) => ("creative_labels", "creative_id"),
            Self::Term(_) => ("creative_terms", "creative_id"),
            Self::Concept(_) | Self::Statuses(_) | Self::Updated(_) => ("creatives", "id"),
        }
    }

    /// Whether that is the creative's own row.
    const fn its_own(self) -> bool {
        matches!(self, Self::Concept(_) | Self::Statuses(_) | Self::Updated(_))
    }

    /// Whether a list is worth a look at what to begin with: all creatives are kept by status and by when they changed.
    pub const fn leads(self) -> bool {
        !matches!(self, Self::Statuses(_) | Self::Updated(_))
    }

    /// The column that it stands in.
    pub const fn column(self) -> &'static str {
        match self {
            Self::Format(_) => "format_id",
            Self::Label(_) => "label",
            Self::Term(_) => "term",
            Self::Concept(_) => "concept_id",
            Self::Statuses(_) => "status",
            Self::Updated(_) => "updated_at",
        }
    }

    /// What may stand there; `None` where that is a range.
    pub fn values(self) -> Option<Vec<String>> {
        match self {
            Self::Format(format) => Some(vec![format.to_string()]),
            Self::Label(label) => Some(vec![label.to_string()]),
            Self::Term(QueryTerm::Exact(term)) => Some(vec![term.clone()]),
            Self::Concept(concept) => Some(vec![concept.to_string()]),
            Self::Statuses(statuses) => Some(statuses.iter().map(|it| it.as_str().to_owned()).collect()),
            Self::Term(QueryTerm::Prefix(_)) | Self::Updated(_) => None,
        }
    }

    /// That a row of its table has it.
    fn is(self, query: &mut Statement, table: &str) {
        let column = format!("{table}{}", self.column());
        if let Some(values) = self.values() {
            let condition = match values.len() {
                1 => format!(" AND {column} = ?"),
                several => format!(" AND {column} IN ({})", vec!["?"; several].join(", ")),
            };
            query.and(&condition, values.into_iter().map(Arg::Text));
        }
        if let Self::Term(QueryTerm::Prefix(term)) = self {
            let condition = format!(" AND {column} >= ? AND {column} < ?");
            query.and(&condition, [text(term), text(after_every(term))]);
        }
        if let Self::Updated(window) = self {
            within(query, &column, window);
        }
    }

    /// The rows of its table that have it, for `SELECT`.
    pub fn rows(self, query: &mut Statement, account: AccountId) {
        query.and(&format!(" FROM {} WHERE account_id = ?", self.table().0), [text(account)]);
        self.is(query, "");
    }

    /// The creatives that have it. `IN` costs a look at all of them, or at each creative, as the database thinks best.
    fn inside(self, query: &mut Statement, account: AccountId) {
        query.and(&format!(" AND c.id IN (SELECT {}", self.table().1), []);
        self.rows(query, account);
        query.and(")", []);
    }

    /// That a creative has it. Looked up for each creative: `OFFSET 0` keeps the database from gathering everything that
    /// has it first.
    fn beside(self, query: &mut Statement, id: &str) {
        query.and(&format!(" AND EXISTS (SELECT 1 FROM {} WHERE creative_id = {id}", self.table().0), []);
        self.is(query, "");
        query.and(" OFFSET 0)", []);
    }
}

/// After every text that begins with this one.
pub fn after_every(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

/// What a filter finds creatives by, besides their kind and when they were made.
pub fn parts(filter: &CreativeFilter) -> Vec<Part<'_>> {
    let CreativeFilter { concept, kind: _, format, statuses, label, created: _, updated, terms } = filter;
    let mut parts: Vec<Part<'_>> = Vec::new();
    parts.extend(format.as_ref().map(Part::Format));
    parts.extend(label.as_ref().map(Part::Label));
    parts.extend(terms.iter().map(Part::Term));
    parts.extend(concept.map(Part::Concept));
    parts.extend((!statuses.is_empty()).then_some(Part::Statuses(statuses)));
    parts.extend((*updated != Window::ALWAYS).then_some(Part::Updated(*updated)));
    parts
}

/// Which of the parts of a filter a list begins with, where a database looks before it asks: nothing tells it how many
/// creatives have all of them, so what it would choose by itself costs more and more in a library that grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lead {
    /// Whatever the database thinks best.
    None,
    /// Nothing: all creatives are walked through in the order of the list.
    Order,
    /// The part at this place: so few creatives have it that each of them can be looked at.
    Few(usize),
    /// The one or two parts at these places, each with the values that it may have: creatives that have them are walked
    /// through, side by side, in the order in which they were made, until the page is full. Every other part is looked up.
    Walk(Vec<(usize, Vec<String>)>),
}

/// What a list tells of each creative.
#[derive(Clone, Copy, Debug)]
pub enum Shown {
    /// Which it is, and its sequence.
    Listed,
    /// All of it.
    Whole,
}

/// The creatives of an account, one more than the page holds.
pub fn creatives(
    account: AccountId,
    filter: &CreativeFilter,
    sort: Sort,
    page: &PageRequest,
    lead: &Lead,
    shown: Shown,
) -> Statement {
    let parts = parts(filter);
    let (key, id) = match lead {
        Lead::Walk(_) => ("walked.created_at", "walked.creative_id"),
        Lead::None | Lead::Order | Lead::Few(_) => (column(sort.by), "c.id"),
    };
    let keys = match sort.by {
        SortBy::Created | SortBy::Updated => [key, "CAST(NULL AS TEXT)"],
        SortBy::Name => ["CAST(NULL AS BIGINT)", key],
    };
    let mut query = if *lead == Lead::None { Statement::new("") } else { Statement::planned_once() };
    let shown = match shown {
        Shown::Listed => "c.id, c.sequence",
        Shown::Whole => CREATIVE_COLUMNS,
    };
    query.and(&format!("SELECT {shown}, {} AS number, {} AS text FROM ", keys[0], keys[1]), []);
    match lead {
        Lead::None | Lead::Order | Lead::Few(_) => query.and("creatives c", []),
        Lead::Walk(walked) => {
            let lists = walked.iter().map(|(place, values)| (parts[*place], values.as_slice()));
            walk(&mut query, account, filter.created, sort, page, lists);
        }
    }
    query.and(" WHERE c.account_id = ?", [text(account)]);
    if let Lead::Few(place) = lead {
        let few = format!(" AND c.id = ANY (ARRAY(SELECT {}", parts[*place].table().1);
        query.and(&few, []);
        parts[*place].rows(&mut query, account);
        query.and("))", []);
    }
    if let Some(kind) = filter.kind {
        query.and(" AND c.kind = ?", [text(kind.as_str())]);
    }
    within(&mut query, "c.created_at", filter.created);
    for (place, part) in parts.iter().enumerate() {
        match lead {
            _ if part.its_own() => part.is(&mut query, "c."),
            Lead::None | Lead::Order => part.inside(&mut query, account),
            Lead::Few(few) if *few == place => {}
            Lead::Walk(walked) if walked.iter().any(|(walked, _)| *walked == place) => {}
            Lead::Few(_) | Lead::Walk(_) => part.beside(&mut query, id),
        }
    }
    let order = direction(sort.descending);
    if !matches!(lead, Lead::Walk(_)) {
        after(&mut query, (key, id), sort.descending, page);
    }
    query.and(&format!(" ORDER BY {key} {order}, {id} {order} LIMIT "), []);
    let limit = page.limit + 1;
    if *lead != Lead::None && page.limit.is_multiple_of(10) {
        // Postgres keeps its plan when it knows the limit: making one anew is half of its part in a page. A few such
        // statements only, as there is not room for one of every length.
        query.and(&limit.to_string(), []);
    } else {
        query.and("?", [Arg::Number(i64::from(limit))]);
    }
    query
}

/// The creatives that are in each of these lists, one or two, in the order in which they were made. The planner is told that
/// the lists are in order, and not how rarely two creatives are made at the same moment: it would gather all of both.
fn walk<'a>(
    query: &mut Statement,
    account: AccountId,
    created: Window,
    sort: Sort,
    page: &PageRequest,
    lists: impl Iterator<Item = (Part<'a>, &'a [String])>,
) {
    let order = direction(sort.descending);
    query.and("(SELECT DISTINCT ON (w0.created_at, w0.creative_id) w0.created_at, w0.creative_id FROM ", []);
    for (n, (part, values)) in lists.enumerate() {
        let ((table, id), column) = (part.table(), part.column());
        query.and(if n > 0 { " JOIN (" } else { "(" }, []);
        for (m, value) in values.iter().enumerate() {
            let before = if m > 0 { " UNION ALL " } else { "" };
            let one = format!(
                "{before}SELECT created_at, {id} AS creative_id FROM {table} WHERE account_id = ? AND {column} = ?"
            );
            query.and(&one, [text(account), text(value)]);
            within(query, "created_at", created);
            after(query, ("created_at", id), sort.descending, page);
        }
        let all = i64::MAX;
        query.and(&format!(" ORDER BY created_at {order}, creative_id {order} LIMIT {all}) AS w{n}"), []);
        if n > 0 {
            let same = format!(" ON w{n}.created_at = w0.created_at AND w{n}.creative_id = w0.creative_id");
            query.and(&same, []);
        }
    }
    let sorted = format!(
        " ORDER BY w0.created_at {order}, w0.creative_id {order}) AS walked JOIN creatives c ON c.id = walked.creative_id"
    );
    query.and(&sorted, []);
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
