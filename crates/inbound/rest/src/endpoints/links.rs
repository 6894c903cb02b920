//! What tags lead to: assets, and tags that are fetched by address. Whoever knows the address may have them.

use std::collections::BTreeMap;
use std::ops::Range;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use creativestore_domain::access::{Actor, Grants, Role};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_domain::tag::{Channel, Click, Macros, bridged};
use creativestore_ports::journal::Origin;
use creativestore_usecases::assets::{self, File};
use creativestore_usecases::tags::{self, Render};
use creativestore_usecases::{Caller, Failure};
use futures_util::TryStreamExt;
use http::{HeaderMap, HeaderValue, header};

use crate::edge::Edge;
use crate::edge::file::{SANDBOX, Showing, Whole, safe};
use crate::edge::links::{AssetLinks, base, open_asset, open_tag};
use crate::edge::params::{Params, Path};
use crate::edge::problem::{Code, Problem};

/// The same address always has the same bytes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A picture or document that a tag refers to.
pub async fn asset(
    State(edge): State<Edge>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let (account, sha256) = open_asset(&edge, &token).ok_or_else(|| Problem::not_found("file"))?;
    give(&edge, &headers, FOR_EVER, &Held { account, blob: sha256, file: None }).await
}

/// A file of a bundle.
pub async fn bundle_file(
    State(edge): State<Edge>,
    headers: HeaderMap,
    Path((token, path)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (account, bundle) = open_asset(&edge, &token).ok_or_else(|| Problem::not_found("file"))?;
    give(&edge, &headers, FOR_EVER, &Held { account, blob: bundle, file: Some(path) }).await
}

/// A file that we hold: a blob, or a file of a bundle.
pub struct Held {
    /// Whose it is.
    pub account: AccountId,
    /// The blob.
    pub blob: Sha256,
    /// The path of the file in the blob.
    pub file: Option<String>,
}

impl Held {
    async fn open(&self, edge: &Edge, range: Option<Range<u64>>) -> Result<File, Failure> {
        let Self { account, blob, file } = self;
        match file {
            None => assets::asset(&edge.inside, *account, *blob, range).await,
            Some(path) => assets::bundle_file(&edge.inside, *account, *blob, path, range).await,
        }
    }
}

/// The most bytes of an HTML file that the click bridge is put after.
const MAX_PAGE: u64 = 4 * 1024 * 1024;

/// Gives a file out, in an origin of its own. HTML of a bundle gets the click bridge, and is given whole.
pub async fn give(
    edge: &Edge,
    headers: &HeaderMap,
    cache: &'static str,
    held: &Held,
) -> Result<Response, Problem> {
    let File { sha256, bytes, media_type, content } = held.open(edge, None).await?;
    let whole = Whole { sha256, bytes };
    if let Some(unchanged) = whole.unchanged(headers) {
        return Ok(unchanged);
    }
    let shown = if media_type.starts_with("text/") {
        format!("{media_type}; charset=utf-8")
    } else {
        media_type.clone()
    };
    let showing = Showing { media_type: &shown, policy: SANDBOX, cache, save_as: None, embeddable: true };
    if held.file.is_some() && media_type == "text/html" && bytes <= MAX_PAGE {
        let pieces: Vec<_> = content.try_collect().await.map_err(|error| {
            tracing::error!(%error, "a stored file could not be read");
            Problem::new(Code::Internal, "the stored bytes could not be read")
        })?;
        let mut response = Response::new(Body::from(bridged(&pieces.concat())));
        let tag =
            HeaderValue::from_str(&format!("\"{sha256}\"")).expect("hex digits in quotes are a header value");
        response.headers_mut().insert(header::ETAG, tag);
        safe(response.headers_mut(), &showing);
        return Ok(response);
    }
    match whole.range(headers)? {
        None => Ok(whole.answer(None, Some(content), &showing)),
        Some(range) => {
            let part = held.open(edge, Some(range.clone())).await?;
            Ok(whole.answer(Some(&range), Some(part.content), &showing))
        }
    }
}

/// A tag by its address, with values of macros in the query. It answers as long as the creative may be delivered.
pub async fn tag(
    State(edge): State<Edge>,
    headers: HeaderMap,
    Path((token, channel)): Path<(String, String)>,
    Params(macros): Params<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("tag");
    let address = open_tag(&edge, &token).ok_or_else(missing)?;
    let channel = Channel::parse(&channel).ok_or_else(missing)?;
    let macros = Macros::parse(macros)
        .map_err(|error| Problem::field(Code::InvalidParameter, "query", error.to_string()))?;
    let request = Render {
        creative: address.creative,
        channel: Some(channel),
        assignment: address.assignment,
        format: None,
        macros,
        click: Click::Universal,
    };
    // The sealed address is the permission: to look at this one account.
    let grants = Grants { installation: false, accounts: [(address.account, Role::Viewer)].into() }.into();
    let caller = Caller { actor: Actor::System, grants, named: None, origin: Origin::default() };
    let base = base(&edge, &headers);
    let links = AssetLinks { edge: &edge, base: &base };
    let rendered = tags::render(&edge.inside, &caller, request, &links).await?;
    let mut response = Response::new(Body::from(rendered.tag.body));
    let showing = Showing {
        media_type: rendered.tag.media_type,
        policy: SANDBOX,
        cache: "no-store",
        save_as: None,
        embeddable: true,
    };
    safe(response.headers_mut(), &showing);
    Ok(response)
}
