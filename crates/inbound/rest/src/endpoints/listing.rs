//! Finding creatives.

use axum::extract::State;
use axum::response::Response;
use creativestore_domain::format::FormatId;
use creativestore_domain::id::ConceptId;
use creativestore_domain::manifest::Kind;
use creativestore_domain::search::query_terms;
use creativestore_domain::states::Status;
use creativestore_domain::text::Label;
use creativestore_domain::time::Window;
use creativestore_ports::creatives::{CreativeFilter, Sort, SortBy};
use creativestore_usecases::creatives;
use serde::Deserialize;
use utoipa::IntoParams;

use super::ProblemView;
use crate::edge::Edge;
use crate::edge::body::Errors;
use crate::edge::cursor::{List, PageView};
use crate::edge::params::Params;
use crate::edge::problem::{Code, Problem};
use crate::edge::signed::Signed;
use crate::views::creatives::CreativeView;
use crate::views::moment;

/// Which creatives, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The account, for who has several.
    account: Option<String>,
    /// Of this concept.
    concept: Option<String>,
    /// Of this kind.
    kind: Option<String>,
    /// Whose newest revision names this format.
    format: Option<String>,
    /// With one of these statuses, separated by commas.
    status: Option<String>,
    /// With this label.
    label: Option<String>,
    /// Made at or after this moment.
    created_from: Option<String>,
    /// Made before this moment.
    created_until: Option<String>,
    /// Last changed at or after this moment.
    updated_from: Option<String>,
    /// Last changed before this moment.
    updated_until: Option<String>,
    /// Whose name, labels, external id or texts have all these words: by their beginning, whatever their case and
    /// accents; Chinese, Japanese and Korean by any run of characters.
    q: Option<String>,
    /// `created`, `updated` or `name`; with `-` before it the other way round. `-created`, the newest first, when nothing is said: an order in which nothing moves while it is paged through.
    sort: Option<String>,
    /// How many items, 1 to 200; 50 when nothing is said.
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

const SORTS: [(&str, SortBy); 3] =
    [("created", SortBy::Created), ("updated", SortBy::Updated), ("name", SortBy::Name)];

fn sort(text: &str) -> Option<Sort> {
    let (descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
    SORTS.iter().find(|(it, _)| *it == name).map(|(_, by)| Sort { by: *by, descending })
}

fn window(errors: &mut Errors, names: [&str; 2], from: Option<&String>, until: Option<&String>) -> Window {
    let from = errors.maybe(names[0], from, moment);
    let until = errors.maybe(names[1], until, moment);
    errors.take(names[1], Window::new(from, until)).unwrap_or_default()
}

impl Wanted {
    fn parse(&self) -> Result<(CreativeFilter, Sort), Problem> {
        let mut errors = Errors::default();
        let kinds = Kind::ALL.map(Kind::as_str);
        let statuses =
            self.status.iter().flat_map(|text| text.split(',')).map(|text| {
                errors.word("status", text.trim(), Status::parse, Status::ALL.map(Status::as_str))
            });
        let statuses = statuses.flatten().collect();
        let filter = CreativeFilter {
            concept: errors.maybe("concept", self.concept.as_ref(), ConceptId::parse),
            kind: self.kind.as_ref().and_then(|text| errors.word("kind", text, Kind::parse, kinds)),
            format: errors.maybe("format", self.format.as_ref(), FormatId::parse),
            statuses,
            label: errors.maybe("label", self.label.as_ref(), Label::parse),
            created: window(
                &mut errors,
                ["created_from", "created_until"],
                self.created_from.as_ref(),
                self.created_until.as_ref(),
            ),
            updated: window(
                &mut errors,
                ["updated_from", "updated_until"],
                self.updated_from.as_ref(),
                self.updated_until.as_ref(),
            ),
            terms: errors.maybe("q", self.q.as_ref(), query_terms).unwrap_or_default(),
        };
        let words = ["created", "-created", "updated", "-updated", "name", "-name"];
        let sort = errors.word("sort", self.sort.as_deref().unwrap_or("-created"), sort, words);
        errors.finish_as(Code::InvalidParameter, sort.map(|sort| (filter, sort)))
    }
}

/// Find creatives.
#[utoipa::path(get, operation_id = "creatives_list", path = "/v1/creatives", tag = "creatives", params(Wanted),
    responses((status = 200, body = PageView<CreativeView>), (status = "default", body = ProblemView)))]
pub async fn list(
    State(edge): State<Edge>,
    signed: Signed,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Problem> {
    let caller = signed.naming(wanted.account.as_deref())?;
    let (filter, sort) = wanted.parse()?;
    let list = List::new(&edge, "creatives", &(caller.actor, caller.named, &filter, sort));
    let page = list.page(wanted.limit, wanted.cursor.as_deref())?;
    let found = creatives::list(&edge.inside, &caller, &filter, sort, &page).await?;
    super::creatives::page(&edge, list.view(found, |it| it))
}
