//! The audit log.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use creativestore_usecases::audit;

use super::{ProblemView, WhichPage};
use crate::edge::Edge;
use crate::edge::cursor::{List, PageView};
use crate::edge::params::Params;
use crate::edge::problem::Problem;
use crate::edge::signed::Signed;
use crate::views::people::AuditView;

/// Who did what, newest first.
#[utoipa::path(get, operation_id = "audit_list", path = "/v1/audit", tag = "watching", params(WhichPage),
    responses((status = 200, body = PageView<AuditView>), (status = "default", body = ProblemView)))]
pub async fn list(
    State(edge): State<Edge>,
    signed: Signed,
    Params(which): Params<WhichPage>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let list = List::new(&edge, "audit", &(caller.actor, caller.named));
    let page = list.page(which.limit, which.cursor.as_deref())?;
    let found = audit::list(&edge.inside, &caller, &page).await?;
    Ok(Answer(list.view(found, AuditView::from)).into_response())
}
