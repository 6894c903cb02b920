//! Checking content against formats without making a creative of it. Nothing is kept but what was measured.

use std::collections::{BTreeMap, BTreeSet};

use creativestore_domain::access::Permission;
use creativestore_domain::check::{self, Report};
use creativestore_domain::facts::Facts;
use creativestore_domain::format::FormatId;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_domain::manifest::{Asset, AssetKind, Kind, Manifest, Source};

use crate::caller::Caller;
use crate::failure::{Failure, FieldError};
use crate::inside::Inside;
use crate::{manifests, measure};

/// What is checked.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A manifest, as it would be in a creative.
    Manifest(Manifest),
    /// A blob, taken for what its bytes say.
    Blob(Sha256),
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The kind of creative that it was taken for; `None` when the bytes are of no use.
    pub kind: Option<Kind>,
    /// What every creative must pass.
    pub integrity: Report,
    /// One report per format.
    pub formats: Vec<Report>,
}

/// Checks a subject against these formats, or against every format of its kind.
pub async fn run(
    inside: &Inside,
    caller: &Caller,
    subject: Subject,
    formats: Option<BTreeSet<FormatId>>,
) -> Result<Matrix, Failure> {
    let account = caller.account(Permission::Read)?;
    let (manifest, facts) = match subject {
        Subject::Manifest(manifest) => {
            let mut work = inside.read().await?;
            let missing =
                manifests::missing(work.as_mut(), &inside.catalogue, account, &manifest, "/manifest").await?;
            drop(work);
            if !missing.is_empty() {
                return Err(Failure::Invalid(missing));
            }
            let facts = measure::manifest(inside, account, &manifest).await?;
            (manifest, facts)
        }
        Subject::Blob(sha256) => match blob(inside, account, sha256).await? {
            Ok(taken) => taken,
            Err(integrity) => return Ok(Matrix { kind: None, integrity, formats: Vec::new() }),
        },
    };
    let kind = manifest.kind();
    let asked = match &formats {
        Some(ids) => {
            let unknown = manifests::unknown_formats(&inside.catalogue, kind, ids, "/formats");
            if !unknown.is_empty() {
                return Err(Failure::Invalid(unknown));
            }
            ids.iter().filter_map(|id| inside.catalogue.get(id)).collect::<Vec<_>>()
        }
        None => inside.catalogue.all().filter(|format| format.kind == kind).collect(),
    };
    Ok(Matrix {
        kind: Some(kind),
        integrity: check::integrity(&manifest, &facts),
        formats: asked.into_iter().map(|format| check::check(format, &manifest, &facts)).collect(),
    })
}

type Taken = (Manifest, BTreeMap<String, Facts>);

/// The manifest that a lone blob would make, or the report on why it would make none.
async fn blob(inside: &Inside, account: AccountId, sha256: Sha256) -> Result<Result<Taken, Report>, Failure> {
    let found = inside.peek().await?.assets().blob(account, sha256).await?;
    found.ok_or_else(|| {
        let detail = format!("there is no blob {sha256} in this account: upload it first");
        Failure::Invalid(vec![FieldError::new("/blob", detail)])
    })?;
    let facts = measure::blob(inside, account, sha256, None).await?;
    let (kind, slot, asset) = match &facts {
        Facts::Image(_) => (Kind::Image, "image", AssetKind::Image),
        Facts::Html5(_) => (Kind::Html5, "bundle", AssetKind::Zip),
        Facts::Vast(_) => (Kind::VideoVast, "vast", AssetKind::Vast),
        Facts::Markup(_) => (Kind::DisplayTag, "tag", AssetKind::Html),
        Facts::Text(_) | Facts::Refused(_) => return Ok(Err(check::refused("blob", &facts))),
    };
    let assets = [(slot.to_owned(), Asset { kind: asset, source: Source::Blob(sha256) })];
    let manifest = Manifest::new(kind, BTreeSet::new(), assets.into(), None, BTreeSet::new());
    let manifest = manifest.map_err(|errors| {
        Failure::Invalid(
            errors.into_iter().map(|it| FieldError::new(it.at, it.problem.to_string())).collect(),
        )
    })?;
    Ok(Ok((manifest, [(slot.to_owned(), facts)].into())))
}
