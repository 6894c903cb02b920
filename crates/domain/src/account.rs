//! An account: whose creatives these are, and the boundary of tenancy.

use crate::id::AccountId;
use crate::text::Name;
use crate::time::Timestamp;

/// What happens to a creative that is running when its content changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangePolicy {
    /// The approved revision goes on running until the new one is approved.
    #[default]
    Staged,
    /// Nothing runs until the new revision is approved.
    Strict,
}

impl ChangePolicy {
    /// Both policies.
    pub const ALL: [Self; 2] = [Self::Staged, Self::Strict];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Strict => "strict",
        }
    }

    /// The policy of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == text)
    }
}

/// An advertiser, or a buyer's seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What people call it.
    pub name: Name,
    /// The brand's domain: `acme.example` (AdCP `brand.domain`).
    pub brand_domain: Option<Name>,
    /// Who acts for the brand (AdCP `operator`).
    pub operator: Option<Name>,
    /// What a new creative of this account gets as its change policy.
    pub change_policy: ChangePolicy,
    /// Raised with every change: what `If-Match` names.
    pub version: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
