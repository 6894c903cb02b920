//! Links that carry their own permission: to the assets of tags, which last, and to previews, which expire.

use std::fmt::Write;

use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, AssignmentId, CreativeId};
use creativestore_domain::revision::RevisionNo;
use creativestore_domain::time::Timestamp;
use creativestore_usecases::Links;
use http::{HeaderMap, header};

use super::Edge;

const ASSET: &str = "asset";
const PREVIEW: &str = "preview";
const TAG: &str = "tag";

/// What links begin with: the configured address, else the host that the request came to.
pub fn base(edge: &Edge, headers: &HeaderMap) -> String {
    if let Some(url) = &edge.settings.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let plain = |host: &&str| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]_".contains(&b))
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).filter(plain);
    format!("http://{}", host.unwrap_or("localhost"))
}

/// One path segment after the other, percent-encoded.
fn path(segments: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    let mut out = String::new();
    for byte in segments.bytes() {
        if plain(byte) {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Makes the links of tags: the same file has the same link for as long as the key stays.
pub struct AssetLinks<'a> {
    pub edge: &'a Edge,
    pub base: &'a str,
}

impl Links for AssetLinks<'_> {
    fn asset(&self, account: AccountId, sha256: Sha256) -> String {
        let token = self.edge.seal.close(ASSET, &format!("{account}|{sha256}"));
        format!("{}/assets/{token}", self.base)
    }

    fn bundle_file(&self, account: AccountId, bundle: Sha256, file: &str) -> String {
        format!("{}/{}", self.asset(account, bundle), path(file))
    }
}

/// The file that an asset link is for.
pub fn open_asset(edge: &Edge, token: &str) -> Option<(AccountId, Sha256)> {
    let text = edge.seal.open(ASSET, token)?;
    let (account, sha256) = text.split_once('|')?;
    Some((AccountId::parse(account).ok()?, Sha256::parse(sha256).ok()?))
}

/// What a preview link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preview {
    pub account: AccountId,
    pub creative: CreativeId,
    pub revision: RevisionNo,
    pub size: Option<(u32, u32)>,
    pub expires: Timestamp,
}

/// The token of a preview link.
pub fn preview_token(edge: &Edge, preview: &Preview) -> String {
    let Preview { account, creative, revision, size, expires } = preview;
    let (width, height) = size.unwrap_or_default();
    edge.seal
        .close(PREVIEW, &format!("{account}|{creative}|{revision}|{width}|{height}|{}", expires.micros()))
}

/// What a preview link is for, expired or not.
pub fn open_preview(edge: &Edge, token: &str) -> Option<Preview> {
    let text = edge.seal.open(PREVIEW, token)?;
    let mut parts = text.split('|');
    let account = AccountId::parse(parts.next()?).ok()?;
    let creative = CreativeId::parse(parts.next()?).ok()?;
    let revision = RevisionNo::new(parts.next()?.parse().ok()?)?;
    let size = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let expires = Timestamp::from_micros(parts.next()?.parse().ok()?);
    Some(Preview { account, creative, revision, size: (size != (0, 0)).then_some(size), expires })
}

/// Makes the links of a preview: they expire with it. They name no host, since the page around the frame lets in
/// nothing but the host that it came from.
pub struct PreviewLinks<'a> {
    pub token: &'a str,
}

impl Links for PreviewLinks<'_> {
    fn asset(&self, _: AccountId, sha256: Sha256) -> String {
        format!("/preview/{}/files/{sha256}", self.token)
    }

    fn bundle_file(&self, account: AccountId, bundle: Sha256, file: &str) -> String {
        format!("{}/{}", self.asset(account, bundle), path(file))
    }
}

/// What a tag address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagAddress {
    pub account: AccountId,
    pub creative: CreativeId,
    pub assignment: Option<AssignmentId>,
}

/// The token of a tag address.
pub fn tag_token(edge: &Edge, address: &TagAddress) -> String {
    let TagAddress { account, creative, assignment } = address;
    let assignment = assignment.map(|id| id.to_string()).unwrap_or_default();
    edge.seal.close(TAG, &format!("{account}|{creative}|{assignment}"))
}

/// What a tag address is for.
pub fn open_tag(edge: &Edge, token: &str) -> Option<TagAddress> {
    let text = edge.seal.open(TAG, token)?;
    let mut parts = text.split('|');
    let account = AccountId::parse(parts.next()?).ok()?;
    let creative = CreativeId::parse(parts.next()?).ok()?;
    let assignment = match parts.next()? {
        "" => None,
        id => Some(AssignmentId::parse(id).ok()?),
    };
    Some(TagAddress { account, creative, assignment })
}
