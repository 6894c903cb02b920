//! Creatives in use.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use creativestore_domain::assignment::Weight;
use creativestore_domain::format::FormatId;
use creativestore_domain::id::{AssignmentId, CreativeId};
use creativestore_domain::text::ExternalRef;
use creativestore_ports::creatives::AssignmentFilter;
use creativestore_usecases::assignments::{self, Create};
use http::HeaderMap;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{ProblemView, WhichAccount, created};
use crate::edge::Edge;
use crate::edge::body::{Errors, Json};
use crate::edge::cursor::{List, PageView};
use crate::edge::params::{Once, Params, Path, id, idempotency_key};
use crate::edge::problem::{Code, Problem};
use crate::edge::signed::Signed;
use crate::views::WindowView;
use crate::views::creatives::AssignmentView;

/// What is put to use, and where.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAssignment {
    /// The account, for who has several.
    account: Option<String>,
    /// Which creative.
    #[schema(example = "cr_0192f0c1d2e37a4b8c5d6e7f8091a2b3")]
    creative: String,
    /// The package that it is used in.
    #[schema(example = "pkg-2026-11")]
    package: String,
    /// The media buy that the package is part of.
    media_buy: Option<String>,
    /// How often it is chosen, 1 to 10,000; 100 when nothing is said.
    weight: Option<u32>,
    /// From when to when.
    #[serde(default)]
    flight: WindowView,
    /// The format that it will run as, when that is known: its checks must not have failed.
    format: Option<String>,
}

/// Put a creative to use. Refused when it has no deliverable revision.
#[utoipa::path(post, operation_id = "assignments_create", path = "/v1/assignments", tag = "use", request_body = NewAssignment, params(WhichAccount, Once),
    responses((status = 201, body = AssignmentView), (status = "default", body = ProblemView)))]
pub async fn create(
    State(edge): State<Edge>,
    signed: Signed,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
    Json(body): Json<NewAssignment>,
) -> Result<Response, Problem> {
    let NewAssignment { account, creative, package, media_buy, weight, flight, format } = body;
    let caller = signed.naming(account.or(which.account).as_deref())?;
    let mut errors = Errors::default();
    let creative = errors.take("/creative", CreativeId::parse(&creative));
    let package = errors.take("/package", ExternalRef::parse(&package));
    let media_buy = errors.maybe("/media_buy", media_buy, ExternalRef::parse);
    let weight = weight.map_or(Some(Weight::DEFAULT), |weight| errors.take("/weight", Weight::new(weight)));
    let flight = flight.parse(&mut errors, "/flight");
    let format = errors.maybe("/format", format, FormatId::parse);
    let request = creative.zip(package).zip(weight).zip(flight);
    let request = request.map(|(((creative, package), weight), flight)| Create {
        creative,
        package,
        media_buy,
        weight,
        flight,
        format,
    });
    let request = errors.finish(request)?;
    let made =
        assignments::create(&edge.inside, &caller, request, idempotency_key(&headers)?.as_ref()).await?;
    let at = format!("/v1/assignments/{}", made.value.id);
    Ok(created(&at, made.replayed, None, AssignmentView::from(made.value)))
}

/// Which assignments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedAssignments {
    /// The account, for who has several.
    account: Option<String>,
    /// Of this creative.
    creative: Option<String>,
    /// In this package.
    package: Option<String>,
    /// In this media buy.
    media_buy: Option<String>,
    /// Only those that have not ended.
    in_use: Option<bool>,
    /// How many items, 1 to 200; 50 when nothing is said.
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The assignments of an account, newest first.
#[utoipa::path(get, operation_id = "assignments_list", path = "/v1/assignments", tag = "use", params(WantedAssignments),
    responses((status = 200, body = PageView<AssignmentView>), (status = "default", body = ProblemView)))]
pub async fn list(
    State(edge): State<Edge>,
    signed: Signed,
    Params(wanted): Params<WantedAssignments>,
) -> Result<Response, Problem> {
    let WantedAssignments { account, creative, package, media_buy, in_use, limit, cursor } = wanted;
    let caller = signed.naming(account.as_deref())?;
    let mut errors = Errors::default();
    let filter = AssignmentFilter {
        creative: errors.maybe("creative", creative, CreativeId::parse),
        package: errors.maybe("package", package, ExternalRef::parse),
        media_buy: errors.maybe("media_buy", media_buy, ExternalRef::parse),
        in_use: in_use.unwrap_or(false),
    };
    let filter = errors.finish_as(Code::InvalidParameter, Some(filter))?;
    let list = List::new(&edge, "assignments", &(caller.actor, caller.named, &filter));
    let page = list.page(limit, cursor.as_deref())?;
    let found = assignments::list(&edge.inside, &caller, &filter, &page).await?;
    Ok(Answer(list.view(found, AssignmentView::from)).into_response())
}

/// Take a creative out of use; the assignment stays on record.
#[utoipa::path(delete, operation_id = "assignments_end", path = "/v1/assignments/{id}", tag = "use", params(("id" = String, Path), WhichAccount),
    responses((status = 200, body = AssignmentView), (status = "default", body = ProblemView)))]
pub async fn end(
    State(edge): State<Edge>,
    signed: Signed,
    Path(assignment): Path<String>,
    Params(which): Params<WhichAccount>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let assignment = id(AssignmentId::parse, &assignment, "assignment")?;
    let ended = assignments::end(&edge.inside, &caller, assignment).await?;
    Ok(Answer(AssignmentView::from(ended)).into_response())
}
