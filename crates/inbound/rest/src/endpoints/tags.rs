//! Taking tags out.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use creativestore_domain::format::FormatId;
use creativestore_domain::id::{AssignmentId, CreativeId};
use creativestore_domain::tag::{Channel, Click, ClickMacro, Macros, Tag};
use creativestore_usecases::tags::{self, Render, Rendered};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ProblemView, WhichAccount};
use crate::edge::Edge;
use crate::edge::body::{Errors, MaybeJson};
use crate::edge::links::{AssetLinks, TagAddress, base, tag_token};
use crate::edge::params::{Params, Path, id};
use crate::edge::problem::Problem;
use crate::edge::signed::Signed;
use crate::views::creatives::RevisionRefView;

/// Which tag; everything may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedTag {
    /// `html`, `iframe`, `javascript`, `vast`, `vast_3.0`, `vast_4.0`, `vast_4.1`, `vast_4.2` or `native`; the usual one
    /// of its kind when nothing is said.
    channel: Option<String>,
    /// For which use.
    assignment: Option<String>,
    /// The format that it will run as: its checks must not have failed.
    format: Option<String>,
    /// Values for AdCP universal macros, by name without braces; the others stay in place.
    #[serde(default)]
    #[schema(example = json!({"CACHEBUSTER": "123456"}))]
    macros: BTreeMap<String, String>,
    /// What stands before the percent-encoded landing page in a click address: a server's own macro
    /// (`%%CLICK_URL_ESC%%`), or `none`. The universal `{CLICK_URL}` when nothing is said.
    click_macro: Option<String>,
}

/// A tag.
#[derive(Serialize, ToSchema)]
pub struct TagView {
    /// Its shape.
    channel: String,
    /// The media type of the body.
    media_type: String,
    /// The tag.
    body: String,
    /// Where it can be fetched by whoever knows the address, as long as it may be delivered: values of macros go into
    /// the query.
    address: String,
    /// The revision that it runs.
    revision: RevisionRefView,
    /// Events that the manifest has trackers for and that a tag of this shape cannot tell of.
    untold: Vec<String>,
}

/// Take the tag of a creative's active revision. The same revision, assignment and macros give the same bytes.
#[utoipa::path(post, operation_id = "creatives_tag", path = "/v1/creatives/{id}/tag", tag = "use", request_body(content = WantedTag),
    params(("id" = String, Path), WhichAccount),
    responses((status = 200, body = TagView), (status = "default", body = ProblemView)))]
pub async fn tag(
    State(edge): State<Edge>,
    signed: Signed,
    Path(creative): Path<String>,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
    MaybeJson(body): MaybeJson<WantedTag>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let creative = id(CreativeId::parse, &creative, "creative")?;
    let WantedTag { channel, assignment, format, macros, click_macro } = body;
    let mut errors = Errors::default();
    let words = Channel::ALL.map(Channel::as_str);
    let channel = channel.and_then(|text| errors.word("/channel", &text, Channel::parse, words));
    let assignment = errors.maybe("/assignment", assignment, AssignmentId::parse);
    let format = errors.maybe("/format", format, FormatId::parse);
    let macros = errors.take("/macros", Macros::parse(macros)).unwrap_or_default();
    let click = match click_macro.as_deref() {
        None => Click::Universal,
        Some("none") => Click::Direct,
        Some(text) => errors.take("/click_macro", ClickMacro::parse(text)).map_or(Click::Direct, Click::Own),
    };
    let request = Render { creative, channel, assignment, format, macros, click };
    let request = errors.finish(Some(request))?;
    let base = base(&edge, &headers);
    let links = AssetLinks { edge: &edge, base: &base };
    let rendered = tags::render(&edge.inside, &caller, request, &links).await?;
    let Rendered { account, tag: Tag { media_type, body, untold }, channel, revision } = rendered;
    let token = tag_token(&edge, &TagAddress { account, creative, assignment });
    Ok(Answer(TagView {
        channel: channel.as_str().into(),
        media_type: media_type.into(),
        body,
        address: format!("{base}/tags/{token}/{}", channel.as_str()),
        revision: revision.into(),
        untold: untold.iter().map(|event| event.as_str().to_owned()).collect(),
    })
    .into_response())
}
