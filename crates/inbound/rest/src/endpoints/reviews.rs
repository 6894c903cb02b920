//! Deciding on revisions.

use axum::extract::State;
use axum::response::Response;
use creativestore_domain::id::CreativeId;
use creativestore_domain::review::Decision;
use creativestore_domain::states::Reason;
use creativestore_domain::text::Note;
use creativestore_usecases::reviews::{self, Decide};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::revisions::number;
use super::{ProblemView, WhichAccount, WhichPage, created};
use crate::edge::Edge;
use crate::edge::body::{Errors, Json};
use crate::edge::cursor::{List, PageView};
use crate::edge::params::{Once, Params, Path, id, idempotency_key};
use crate::edge::problem::Problem;
use crate::edge::signed::Signed;
use crate::views::creatives::{CreativeView, ReviewView};

/// A decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    /// `approve` or `reject`.
    #[schema(example = "approve")]
    decision: String,
    /// Why (AdCP `creative-event-reason-code`); a rejection needs one: `review_failure`.
    reason_code: Option<String>,
    /// What the reviewer has to say.
    note: Option<String>,
}

/// A decision that was made.
#[derive(Serialize, ToSchema)]
pub struct DecidedView<'a> {
    /// The review.
    review: ReviewView,
    /// The creative afterwards.
    creative: CreativeView<'a>,
}

/// A reason code in a body.
pub fn reason(errors: &mut Errors, text: Option<&str>) -> Option<Reason> {
    let words = Reason::ALL.iter().map(|reason| reason.as_str());
    text.and_then(|text| errors.word("/reason_code", text, Reason::parse, words))
}

/// Decide on the revision that was seen. Refused when a newer one has come since.
#[utoipa::path(post, operation_id = "reviews_decide", path = "/v1/creatives/{id}/revisions/{n}/reviews", tag = "review", request_body = NewReview,
    params(("id" = String, Path), ("n" = u32, Path), WhichAccount, Once),
    responses((status = 201, body = DecidedView), (status = "default", body = ProblemView)))]
pub async fn decide(
    State(edge): State<Edge>,
    signed: Signed,
    Path((creative, n)): Path<(String, String)>,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
    Json(body): Json<NewReview>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let creative = id(CreativeId::parse, &creative, "creative")?;
    let revision = number(&n)?;
    let NewReview { decision, reason_code, note } = body;
    let mut errors = Errors::default();
    let decision = errors.word("/decision", &decision, Decision::parse, ["approve", "reject"]);
    let reason = reason(&mut errors, reason_code.as_deref());
    let note = errors.maybe("/note", note, Note::parse);
    let request = decision.map(|decision| Decide { creative, revision, decision, reason, note });
    let request = errors.finish(request)?;
    let made = reviews::decide(&edge.inside, &caller, request, idempotency_key(&headers)?.as_ref()).await?;
    let (review, creative) = made.value;
    let at = format!("/v1/creatives/{}/revisions/{}", creative.id, review.revision);
    let view = DecidedView { review: review.into(), creative: (&creative).into() };
    Ok(created(&at, made.replayed, None, view))
}

/// What waits for a decision, longest waiting first.
#[utoipa::path(get, operation_id = "reviews_queue", path = "/v1/reviews/queue", tag = "review", params(WhichPage),
    responses((status = 200, body = PageView<CreativeView>), (status = "default", body = ProblemView)))]
pub async fn queue(
    State(edge): State<Edge>,
    signed: Signed,
    Params(which): Params<WhichPage>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let list = List::new(&edge, "reviews/queue", &(caller.actor, caller.named));
    let page = list.page(which.limit, which.cursor.as_deref())?;
    let found = reviews::queue(&edge.inside, &caller, &page).await?;
    super::creatives::page(&edge, list.view(found, |it| it))
}
