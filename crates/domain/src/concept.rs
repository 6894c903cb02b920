//! A concept: one idea in many sizes and formats.

use crate::id::{AccountId, ConceptId};
use crate::text::Name;
use crate::time::Timestamp;

/// Groups the creatives of one idea.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concept {
    /// Its id.
    pub id: ConceptId,
    /// Whose it is.
    pub account: AccountId,
    /// What people call it.
    pub name: Name,
    /// Raised with every change: what `If-Match` names.
    pub version: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
