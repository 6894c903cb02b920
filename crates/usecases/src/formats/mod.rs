//! Looking at the catalogue.

use creativestore_domain::format::{Format, FormatId};
use creativestore_domain::manifest::Kind;

use crate::failure::Failure;
use crate::inside::Inside;

/// All formats, by id; of one kind when one is named.
pub fn list(inside: &Inside, kind: Option<Kind>) -> Vec<&Format> {
    inside.catalogue.all().filter(|format| kind.is_none_or(|kind| format.kind == kind)).collect()
}

/// The format of this id.
pub fn get<'a>(inside: &'a Inside, id: &FormatId) -> Result<&'a Format, Failure> {
    inside.catalogue.get(id).ok_or(Failure::NotFound("format"))
}
