//! An assignment: a creative in use in a package of a media buy. Its state is separate from the creative's.

use crate::id::{AccountId, AssignmentId, CreativeId};
use crate::text::ExternalRef;
use crate::time::{Timestamp, Window};

/// How often a creative is chosen among those of its package: 1 to 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weight(u32);

/// The number is not a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a weight is a whole number from 1 to 10000")]
pub struct NotAWeight;

impl Weight {
    /// What an assignment weighs when nothing is said.
    pub const DEFAULT: Self = Self(100);

    /// Reads a weight.
    pub const fn new(weight: u32) -> Result<Self, NotAWeight> {
        if weight >= 1 && weight <= 10_000 { Ok(Self(weight)) } else { Err(NotAWeight) }
    }

    /// The plain number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A creative in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its id.
    pub id: AssignmentId,
    /// Whose creative.
    pub account: AccountId,
    /// Which creative.
    pub creative: CreativeId,
    /// The package that it is used in.
    pub package: ExternalRef,
    /// The media buy that the package is part of.
    pub media_buy: Option<ExternalRef>,
    /// How often it is chosen.
    pub weight: Weight,
    /// From when to when.
    pub flight: Window,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was taken away; an ended one stays on record.
    pub ended_at: Option<Timestamp>,
}
