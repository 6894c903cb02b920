//! The catalogue of formats.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use creativestore_domain::format::FormatId;
use creativestore_domain::manifest::Kind;
use creativestore_usecases::formats;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ProblemView;
use crate::edge::Edge;
use crate::edge::body::Errors;
use crate::edge::params::{Params, Path, id};
use crate::edge::problem::{Code, Problem};
use crate::edge::signed::Signed;
use crate::views::checks::FormatView;

/// Which formats.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichFormats {
    /// Those that take creatives of this kind.
    kind: Option<String>,
}

/// The catalogue.
#[derive(Serialize, ToSchema)]
pub struct Formats {
    /// By id.
    items: Vec<FormatView>,
}

/// The formats that creatives can be checked against.
#[utoipa::path(get, operation_id = "formats_list", path = "/v1/formats", tag = "formats", params(WhichFormats),
    responses((status = 200, body = Formats), (status = "default", body = ProblemView)))]
pub async fn list(
    State(edge): State<Edge>,
    _: Signed,
    Params(which): Params<WhichFormats>,
) -> Result<Response, Problem> {
    let mut errors = Errors::default();
    let words = Kind::ALL.map(Kind::as_str);
    let kind = which.kind.and_then(|text| errors.word("kind", &text, Kind::parse, words));
    let kind = errors.finish_as(Code::InvalidParameter, Some(kind))?;
    let items = formats::list(&edge.inside, kind).into_iter().map(Into::into).collect();
    Ok(Answer(Formats { items }).into_response())
}

/// A format with its rules.
#[utoipa::path(get, operation_id = "formats_get", path = "/v1/formats/{id}", tag = "formats", params(("id" = String, Path)),
    responses((status = 200, body = FormatView), (status = "default", body = ProblemView)))]
pub async fn get(
    State(edge): State<Edge>,
    _: Signed,
    Path(format): Path<String>,
) -> Result<Response, Problem> {
    let format = id(FormatId::parse, &format, "format")?;
    Ok(Answer(FormatView::from(formats::get(&edge.inside, &format)?)).into_response())
}
