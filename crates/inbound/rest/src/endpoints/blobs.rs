//! Bytes.

use axum::Json as Answer;
use axum::body::Body;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use bytes::Bytes;
use creativestore_domain::facts::Recipe;
use creativestore_domain::hash::Sha256;
use creativestore_domain::manifest::AssetKind;
use creativestore_ports::blobs::{BlobError, ByteStream, Served};
use creativestore_usecases::blobs::{self, Stored};
use creativestore_usecases::{Caller, Failure};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, Method, StatusCode, header};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};

use super::{ProblemView, WhichAccount};
use crate::edge::Edge;
use crate::edge::body::Errors;
use crate::edge::file::{INERT, Showing, Whole, attachment};
use crate::edge::params::{Params, Path, id};
use crate::edge::problem::{Code, Problem};
use crate::edge::signed::Signed;
use crate::views::facts;

/// A blob that was taken in.
#[derive(Serialize, ToSchema)]
pub struct BlobView {
    /// Its address: what a manifest's `blob` names.
    sha256: String,
    /// Its size in bytes.
    bytes: u64,
    /// Whether the account did not hold it before.
    created: bool,
}

/// Take bytes in: as the raw body, or as the one file of a `multipart/form-data` body. They are durable when this
/// answers. `Content-Digest` or `Repr-Digest` (RFC 9530) announces what the bytes of the file hash to.
#[utoipa::path(post, operation_id = "blobs_put", path = "/v1/blobs", tag = "bytes", params(WhichAccount,
        ("Content-Digest" = Option<String>, Header, description = "`sha-256=:…:`, base64")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = BlobView), (status = 200, body = BlobView), (status = "default", body = ProblemView)))]
pub async fn put(
    State(edge): State<Edge>,
    signed: Signed,
    Params(which): Params<WhichAccount>,
    request: Request,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let announced = announced(request.headers())?;
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let multipart = content_type.is_some_and(|it| it.to_ascii_lowercase().starts_with("multipart/form-data"));
    let stored = if multipart {
        one_file(&edge, &caller, request, announced).await?
    } else {
        blobs::put(&edge.inside, &caller, incoming(request.into_body()), announced).await?
    };
    let Stored { sha256, bytes, created } = stored;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let at = [(header::LOCATION, format!("/v1/blobs/{sha256}"))];
    Ok((status, at, Answer(BlobView { sha256: sha256.to_string(), bytes, created })).into_response())
}

fn incoming(body: Body) -> ByteStream {
    Box::pin(body.into_data_stream().map_err(std::io::Error::other))
}

/// The file of a form is handed on piece by piece, as it comes. It is kept when the form came to its end and had no
/// other file.
async fn one_file(
    edge: &Edge,
    caller: &Caller,
    request: Request,
    announced: Option<Sha256>,
) -> Result<Stored, Problem> {
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| wrong(error.body_text()))?;
    let (sender, receiver) = mpsc::channel(1);
    let pieces = stream::unfold(receiver, |mut receiver: mpsc::Receiver<std::io::Result<Bytes>>| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    let read = async move {
        let ended = hand_on(&mut form, &sender).await;
        if ended.is_err() {
            // The file must not seem to have come to its end.
            let _ = sender.send(Err(std::io::Error::other("the form did not end well"))).await;
        }
        ended
    };
    let (stored, ended) = tokio::join!(blobs::put(&edge.inside, caller, pieces.boxed(), announced), read);
    match stored {
        // What is wrong with the form says more than that the file ended early.
        Err(Failure::Blob(BlobError::Incomplete(_))) => ended.and(Err(wrong("the form ended early".into()))),
        stored => Ok(stored?),
    }
}

fn wrong(detail: String) -> Problem {
    Problem::new(Code::MalformedBody, detail)
}

async fn hand_on(form: &mut Multipart, sender: &mpsc::Sender<std::io::Result<Bytes>>) -> Result<(), Problem> {
    let mut files = 0;
    while let Some(mut field) = next(form).await? {
        if field.file_name().is_none() {
            continue;
        }
        files += 1;
        if files > 1 {
            return Err(wrong("the form has several files; send one form for each".into()));
        }
        while let Some(piece) = field.chunk().await.map_err(|error| wrong(error.body_text()))? {
            if sender.send(Ok(piece)).await.is_err() {
                // Nobody takes them any more: the use case says why.
                return Ok(());
            }
        }
    }
    if files == 0 { Err(wrong("the form has no file".into())) } else { Ok(()) }
}

async fn next(form: &mut Multipart) -> Result<Option<Field<'_>>, Problem> {
    form.next_field().await.map_err(|error| wrong(error.body_text()))
}

/// `Content-Digest` or `Repr-Digest: sha-256=:base64:` (RFC 9530), if one is there.
fn announced(headers: &HeaderMap) -> Result<Option<Sha256>, Problem> {
    let mut names = ["Content-Digest", "Repr-Digest"].into_iter();
    let Some((name, value)) = names.find_map(|name| Some((name, headers.get(name)?))) else {
        return Ok(None);
    };
    let read = || {
        let mut entries = value.to_str().ok()?.split(',').map(str::trim);
        let entry = entries.find_map(|entry| entry.strip_prefix("sha-256="))?;
        let digits = entry.strip_prefix(':')?.strip_suffix(':')?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(digits).ok()?;
        Some(Sha256::from_bytes(bytes.try_into().ok()?))
    };
    let wrong =
        || Problem::field(Code::InvalidHeader, name, "`sha-256=:…:` with the base64 of 32 bytes (RFC 9530)");
    read().map(Some).ok_or_else(wrong)
}

/// How bytes are fetched.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FetchedAs {
    /// The account, for who has several.
    account: Option<String>,
    /// Be led straight to where the bytes are kept, by a link that works for five minutes, where that can be done (in
    /// object stores).
    #[serde(default)]
    direct: bool,
}

/// The bytes of a blob.
#[utoipa::path(get, operation_id = "blobs_get", path = "/v1/blobs/{sha256}", tag = "bytes", params(("sha256" = String, Path), FetchedAs,
        ("Range" = Option<String>, Header, description = "one range of bytes")),
    responses((status = 200, content_type = "application/octet-stream"), (status = 206), (status = 304),
        (status = 307, description = "`Location` leads to the bytes"), (status = "default", body = ProblemView)))]
pub async fn get(
    State(edge): State<Edge>,
    signed: Signed,
    method: Method,
    Path(sha256): Path<String>,
    Params(fetched): Params<FetchedAs>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = signed.naming(fetched.account.as_deref())?;
    let sha256 = id(Sha256::parse, &sha256, "blob")?;
    let showing = saved("application/octet-stream", sha256.to_string());
    if fetched.direct {
        // What a browser makes of it must not be the store's to choose: it never shows what somebody uploaded.
        let served = Served {
            content_type: Some(showing.media_type.to_owned()),
            content_disposition: showing.save_as.as_deref().map(attachment),
        };
        if let Some(link) = blobs::link(&edge.inside, &caller, sha256, &served).await? {
            let told = [(header::LOCATION, link), (header::CACHE_CONTROL, "private, no-store".to_owned())];
            return Ok((StatusCode::TEMPORARY_REDIRECT, told).into_response());
        }
    }
    let record = blobs::find(&edge.inside, &caller, sha256).await?;
    let whole = Whole { sha256, bytes: record.bytes };
    if let Some(unchanged) = whole.unchanged(&headers) {
        return Ok(unchanged);
    }
    let range = whole.range(&headers)?;
    let content = match method {
        Method::HEAD => None,
        _ => Some(blobs::open(&edge.inside, &caller, sha256, range.clone()).await?.1),
    };
    Ok(whole.answer(range.as_ref(), content, &showing))
}

fn saved(media_type: &str, name: String) -> Showing<'_> {
    Showing {
        media_type,
        policy: INERT,
        cache: "private, max-age=31536000, immutable",
        save_as: Some(name),
        embeddable: false,
    }
}

/// How a blob is read.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReadAs {
    /// The account, for who has several.
    account: Option<String>,
    /// The asset type that it is read as; by its bytes alone when nothing is said.
    r#as: Option<String>,
}

/// What was measured in a blob. Measures it now if that was not done yet.
#[utoipa::path(get, operation_id = "blobs_facts", path = "/v1/blobs/{sha256}/facts", tag = "bytes", params(("sha256" = String, Path), ReadAs),
    responses((status = 200, body = serde_json::Value), (status = "default", body = ProblemView)))]
pub async fn facts(
    State(edge): State<Edge>,
    signed: Signed,
    Path(sha256): Path<String>,
    Params(read): Params<ReadAs>,
) -> Result<Response, Problem> {
    let caller = signed.naming(read.account.as_deref())?;
    let sha256 = id(Sha256::parse, &sha256, "blob")?;
    let mut errors = Errors::default();
    let words = AssetKind::ALL.map(AssetKind::as_str);
    let expected = read.r#as.and_then(|text| errors.word("as", &text, AssetKind::parse, words));
    let expected = errors.finish_as(Code::InvalidParameter, Some(expected))?;
    let measured = blobs::facts(&edge.inside, &caller, sha256, expected).await?;
    Ok(Answer(facts::facts(&measured)).into_response())
}

/// What was derived from a blob: `thumbnail-64`, `thumbnail-320`, `thumbnail-1024`, `file:<path>`.
#[utoipa::path(get, operation_id = "blobs_rendition", path = "/v1/blobs/{sha256}/renditions/{recipe}", tag = "bytes",
    params(("sha256" = String, Path), ("recipe" = String, Path), WhichAccount),
    responses((status = 200, content_type = "application/octet-stream"), (status = 206), (status = 304),
        (status = "default", body = ProblemView)))]
pub async fn rendition(
    State(edge): State<Edge>,
    signed: Signed,
    Path((sha256, recipe)): Path<(String, String)>,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let sha256 = id(Sha256::parse, &sha256, "blob")?;
    let recipe = Recipe::parse(&recipe).ok_or_else(|| Problem::not_found("rendition"))?;
    let (found, content) = blobs::rendition(&edge.inside, &caller, sha256, &recipe, None).await?;
    let whole = Whole { sha256: found.sha256, bytes: found.bytes };
    if let Some(unchanged) = whole.unchanged(&headers) {
        return Ok(unchanged);
    }
    let content = match whole.range(&headers)? {
        None => (None, content),
        Some(range) => {
            let part = blobs::rendition(&edge.inside, &caller, sha256, &recipe, Some(range.clone())).await?;
            (Some(range), part.1)
        }
    };
    let showing = match recipe {
        // Made here, so it can be shown in place.
        Recipe::Thumbnail(_) => Showing { save_as: None, ..saved(&found.media_type, String::new()) },
        Recipe::File(_) => saved("application/octet-stream", found.sha256.to_string()),
    };
    Ok(whole.answer(content.0.as_ref(), Some(content.1), &showing))
}
