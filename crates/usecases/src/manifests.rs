//! What a manifest refers to must be there: its blobs in the account, its formats in the catalogue.

use creativestore_domain::catalogue::Catalogue;
use creativestore_domain::format::{Format, FormatId};
use creativestore_domain::id::{AccountId, ConceptId};
use creativestore_domain::manifest::{Kind, Manifest, Source};
use creativestore_ports::store::UnitOfWork;

use crate::failure::{Failure, FieldError};

/// Everything that a manifest refers to and that is not there, by pointer below `root`.
pub(crate) async fn missing(
    work: &mut dyn UnitOfWork,
    catalogue: &Catalogue,
    account: AccountId,
    manifest: &Manifest,
    root: &str,
) -> Result<Vec<FieldError>, Failure> {
    let mut errors =
        unknown_formats(catalogue, manifest.kind(), manifest.formats(), &format!("{root}/formats"));
    for (slot, asset) in manifest.assets() {
        if let Source::Blob(sha256) = asset.source
            && work.assets().blob(account, sha256).await?.is_none()
        {
            let pointer = format!("{root}/assets/{slot}/blob");
            errors.push(FieldError::new(
                pointer,
                format!("there is no blob {sha256} in this account: upload it first"),
            ));
        }
    }
    Ok(errors)
}

/// The formats that are not in the catalogue, or are for another kind of creative.
pub(crate) fn unknown_formats<'a>(
    catalogue: &Catalogue,
    kind: Kind,
    formats: impl IntoIterator<Item = &'a FormatId>,
    pointer: &str,
) -> Vec<FieldError> {
    let error = |(n, id): (usize, &FormatId)| match catalogue.get(id) {
        None => Some(FieldError::new(
            format!("{pointer}/{n}"),
            format!("there is no format `{id}`: see GET /v1/formats"),
        )),
        Some(format) if format.kind != kind => Some(FieldError::new(
            format!("{pointer}/{n}"),
            format!(
                "format `{id}` takes creatives of kind `{}`, not `{}`",
                format.kind.as_str(),
                kind.as_str()
            ),
        )),
        Some(_) => None,
    };
    formats.into_iter().enumerate().filter_map(error).collect()
}

/// The format that a creative of this kind will run as, when one is named.
pub(crate) fn target<'a>(
    catalogue: &'a Catalogue,
    kind: Kind,
    target: Option<&FormatId>,
) -> Result<Option<&'a Format>, Failure> {
    match unknown_formats(catalogue, kind, target, "/format").pop() {
        None => Ok(target.and_then(|id| catalogue.get(id))),
        Some(FieldError { detail, .. }) => Err(Failure::Invalid(vec![FieldError::new("/format", detail)])),
    }
}

/// The error when a concept is named that the account does not have.
pub(crate) async fn missing_concept(
    work: &mut dyn UnitOfWork,
    account: AccountId,
    concept: Option<ConceptId>,
) -> Result<Option<FieldError>, Failure> {
    let Some(concept) = concept else { return Ok(None) };
    let found = work.tenancy().concept(account, concept).await?;
    Ok(found
        .is_none()
        .then(|| FieldError::new("/concept", format!("there is no concept {concept} in this account"))))
}
