//! Previews: a signed link, the page behind it, and what stands in its frame.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use creativestore_domain::format::FormatId;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::CreativeId;
use creativestore_domain::manifest::Source;
use creativestore_domain::revision::RevisionNo;
use creativestore_domain::tag::preview::{self as pages, Inner, Page};
use creativestore_domain::tag::{Click, Macros};
use creativestore_usecases::{Material, previews};
use creativestore_wire::rfc3339;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::links::{Held, give};
use super::{ProblemView, WhichAccount};
use crate::edge::Edge;
use crate::edge::body::{Errors, MaybeJson};
use crate::edge::file::{SANDBOX, Showing, safe};
use crate::edge::links::{Preview, PreviewLinks, base, open_preview, preview_token};
use crate::edge::params::{Params, Path, id};
use crate::edge::problem::{Code, Problem};
use crate::edge::signed::Signed;

/// Which preview; everything may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedPreview {
    /// Which revision; the newest when nothing is said.
    revision: Option<u32>,
    /// The format whose slot it is shown in; its own size when nothing is said.
    format: Option<String>,
}

/// A link to a preview.
#[derive(Serialize, ToSchema)]
pub struct PreviewView {
    /// The page. Whoever has the link may see it until it expires.
    url: String,
    /// When it stops working.
    expires_at: String,
    /// The revision that it shows.
    revision: u32,
}

/// Make a link to a preview of a revision, whatever its status.
#[utoipa::path(post, operation_id = "creatives_preview", path = "/v1/creatives/{id}/preview", tag = "use", request_body(content = WantedPreview),
    params(("id" = String, Path), WhichAccount),
    responses((status = 200, body = PreviewView), (status = "default", body = ProblemView)))]
pub async fn create(
    State(edge): State<Edge>,
    signed: Signed,
    Path(creative): Path<String>,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
    MaybeJson(WantedPreview { revision, format }): MaybeJson<WantedPreview>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let creative = id(CreativeId::parse, &creative, "creative")?;
    let mut errors = Errors::default();
    let no = revision.map(|no| errors.take("/revision", RevisionNo::new(no).ok_or("revisions begin at 1")));
    let format = errors.maybe("/format", format, FormatId::parse);
    let format = format.map(|id| edge.inside.catalogue.get(&id).ok_or(id));
    let format =
        format.map(|found| found.map_err(|id| format!("there is no format `{id}`: see GET /v1/formats")));
    let format = format.map(|found| errors.take("/format", found));
    let (no, format) = errors.finish(Some((no.flatten(), format.flatten())))?;
    let (account, revision) = previews::find(&edge.inside, &caller, creative, no).await?;
    let expires = edge.inside.clock.now().plus(edge.settings.preview_ttl);
    let size = format.and_then(|format| format.size);
    let token = preview_token(&edge, &Preview { account, creative, revision: revision.no, size, expires });
    Ok(Answer(PreviewView {
        url: format!("{}/preview/{token}", base(&edge, &headers)),
        expires_at: rfc3339(expires),
        revision: revision.no.get(),
    })
    .into_response())
}

/// The preview that a link is for, if it has not expired.
fn open(edge: &Edge, token: &str) -> Result<Preview, Problem> {
    let preview = open_preview(edge, token).ok_or_else(|| Problem::not_found("preview"))?;
    if edge.inside.clock.now() >= preview.expires {
        return Err(Problem::new(Code::LinkExpired, format!("it worked until {}", rfc3339(preview.expires))));
    }
    Ok(preview)
}

async fn material(edge: &Edge, preview: &Preview) -> Result<Material, Problem> {
    Ok(previews::show(&edge.inside, preview.account, preview.creative, preview.revision).await?)
}

fn html(body: String, policy: &'static str) -> Response {
    let showing = Showing {
        media_type: "text/html; charset=utf-8",
        policy,
        cache: PRIVATE,
        save_as: None,
        embeddable: false,
    };
    let mut response = Response::new(body.into());
    safe(response.headers_mut(), &showing);
    response
}

/// A link that expires must not live on in caches.
const PRIVATE: &str = "private, no-store";

/// Our page around the frame: no script, no style but its own, and a frame of ours.
const PAGE: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The page around the frame.
pub async fn page(State(edge): State<Edge>, Path(token): Path<String>) -> Result<Response, Problem> {
    let preview = open(&edge, &token)?;
    let material = material(&edge, &preview).await?;
    let links = material.links(&PreviewLinks { token: &token });
    let (macros, click) = (Macros::default(), Click::Direct);
    let input = material.input(&links, None, preview.size, &macros, &click);
    let about = format!(
        "{} · revision {} · {}",
        material.creative.kind.as_str(),
        material.revision.no,
        material.revision.state.as_str()
    );
    let page = pages::page(&Page {
        name: material.creative.metadata.name.as_str(),
        about: &about,
        size: preview.size.unwrap_or_else(|| pages::size(&input)),
        address: &format!("/preview/{token}/content"),
    });
    Ok(html(page, PAGE))
}

/// What stands in the frame.
pub async fn content(State(edge): State<Edge>, Path(token): Path<String>) -> Result<Response, Problem> {
    let preview = open(&edge, &token)?;
    let material = material(&edge, &preview).await?;
    let links = material.links(&PreviewLinks { token: &token });
    let (macros, click) = (Macros::default(), Click::Direct);
    let input = material.input(&links, None, preview.size, &macros, &click);
    match pages::inner(&input).map_err(creativestore_usecases::Failure::from)? {
        Inner::Document(document) => Ok(html(document, SANDBOX)),
        Inner::Address(address) => {
            let to = HeaderValue::from_str(&address).map_err(|_| Problem::not_found("preview"))?;
            let mut response = StatusCode::SEE_OTHER.into_response();
            response.headers_mut().insert(header::LOCATION, to);
            Ok(response)
        }
    }
}

/// A file that the content refers to: a blob of the revision.
pub async fn file(
    State(edge): State<Edge>,
    headers: HeaderMap,
    Path((token, sha256)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (preview, sha256) = shown(&edge, &token, &sha256).await?;
    give(&edge, &headers, PRIVATE, &Held { account: preview.account, blob: sha256, file: None }).await
}

/// A file of a bundle of the revision.
pub async fn bundle_file(
    State(edge): State<Edge>,
    headers: HeaderMap,
    Path((token, sha256, path)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let (preview, sha256) = shown(&edge, &token, &sha256).await?;
    give(&edge, &headers, PRIVATE, &Held { account: preview.account, blob: sha256, file: Some(path) }).await
}

/// A link shows the blobs of its own revision and no others.
async fn shown(edge: &Edge, token: &str, sha256: &str) -> Result<(Preview, Sha256), Problem> {
    let preview = open(edge, token)?;
    let sha256 = id(Sha256::parse, sha256, "file")?;
    let material = material(edge, &preview).await?;
    let mut assets = material.revision.manifest.assets().values();
    let part = assets.any(|asset| matches!(asset.source, Source::Blob(it) if it == sha256));
    if part { Ok((preview, sha256)) } else { Err(Problem::not_found("file")) }
}
