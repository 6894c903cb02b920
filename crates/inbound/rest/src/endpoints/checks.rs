//! "Where can this run?"

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use creativestore_domain::format::FormatId;
use creativestore_domain::hash::Sha256;
use creativestore_usecases::checks::{self, Matrix, Subject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ProblemView, WhichAccount};
use crate::edge::Edge;
use crate::edge::body::{Errors, Json};
use crate::edge::params::Params;
use crate::edge::problem::Problem;
use crate::edge::signed::Signed;
use crate::views::checks::ReportView;
use crate::views::manifest::ManifestView;

/// What is checked: a manifest, or a blob taken for what its bytes say.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The account, for who has several.
    account: Option<String>,
    /// A manifest, as it would be in a creative.
    manifest: Option<ManifestView>,
    /// The SHA-256 of bytes that were uploaded to this account.
    blob: Option<String>,
    /// Against these formats; against every format of its kind when nothing is said.
    formats: Option<Vec<String>>,
}

/// Where it can run.
#[derive(Serialize, ToSchema)]
pub struct MatrixView {
    /// The kind of creative that it was taken for; null when the bytes are of no use.
    kind: Option<String>,
    /// What every creative must pass.
    integrity: ReportView,
    /// The formats that nothing stands against: no check failed.
    runs_as: Vec<String>,
    /// One report per format.
    formats: Vec<ReportView>,
}

/// Check content without making a creative of it.
#[utoipa::path(post, operation_id = "checks_run", path = "/v1/checks", tag = "checking", request_body = Question, params(WhichAccount),
    responses((status = 200, body = MatrixView), (status = "default", body = ProblemView)))]
pub async fn check(
    State(edge): State<Edge>,
    signed: Signed,
    Params(which): Params<WhichAccount>,
    Json(body): Json<Question>,
) -> Result<Response, Problem> {
    let Question { account, manifest, blob, formats } = body;
    let caller = signed.naming(account.or(which.account).as_deref())?;
    let mut errors = Errors::default();
    let subject = match (manifest, blob) {
        (Some(manifest), None) => manifest.parse(&mut errors, "/manifest").map(Subject::Manifest),
        (None, Some(blob)) => errors.take("/blob", Sha256::parse(&blob)).map(Subject::Blob),
        _ => {
            errors.add("", "exactly one of `manifest` and `blob` says what is checked");
            None
        }
    };
    let formats = formats.map(|formats| {
        let parsed = formats.iter().enumerate();
        parsed.filter_map(|(n, id)| errors.take(&format!("/formats/{n}"), FormatId::parse(id))).collect()
    });
    let subject = errors.finish(subject)?;
    let Matrix { kind, integrity, formats } = checks::run(&edge.inside, &caller, subject, formats).await?;
    let integrity = ReportView::from(integrity);
    let formats: Vec<ReportView> = formats.into_iter().map(Into::into).collect();
    let runs = |report: &&ReportView| report.outcome != "failed" && integrity.outcome != "failed";
    let runs_as = formats.iter().filter(runs).filter_map(|report| report.format.clone()).collect();
    let kind = kind.map(|kind| kind.as_str().to_owned());
    Ok(Answer(MatrixView { kind, integrity, runs_as, formats }).into_response())
}
