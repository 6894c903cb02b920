//! Who asks, what they were granted, and which account they mean.

use std::sync::Arc;

use creativestore_domain::access::{Actor, Grants, Permission};
use creativestore_domain::id::AccountId;
use creativestore_ports::journal::Origin;

use crate::failure::Failure;

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// As the records name them.
    pub actor: Actor,
    /// What they were granted.
    pub grants: Arc<Grants>,
    /// The account that they named.
    pub named: Option<AccountId>,
    /// From where they ask.
    pub origin: Origin,
}

impl Caller {
    /// This program itself: may do everything. For workers and the command line.
    pub fn system() -> Self {
        let grants = Grants { installation: true, ..Grants::default() };
        Self { actor: Actor::System, grants: grants.into(), named: None, origin: Origin::default() }
    }

    /// The account that is meant, if the caller has the permission there: the one that was named, else the only
    /// one there is. An account in which nothing was granted is not to be told from one that does not exist.
    pub(crate) fn account(&self, permission: Permission) -> Result<AccountId, Failure> {
        let account = match (self.named, self.only()) {
            (Some(named), _) => named,
            (None, Some(only)) => only,
            (None, None) => {
                return Err(Failure::WhichAccount(self.grants.accounts.keys().copied().collect()));
            }
        };
        if !self.grants.know(account) {
            return Err(Failure::NotFound("account"));
        }
        if !self.grants.allow(account, permission) {
            return Err(Failure::Forbidden(permission));
        }
        Ok(account)
    }

    /// Whether the caller administers the whole installation.
    pub(crate) fn installation(&self) -> Result<(), Failure> {
        if self.grants.installation { Ok(()) } else { Err(Failure::Forbidden(Permission::Administer)) }
    }

    fn only(&self) -> Option<AccountId> {
        let mut accounts = self.grants.accounts.keys();
        match (accounts.next(), accounts.next()) {
            (Some(only), None) if !self.grants.installation => Some(*only),
            _ => None,
        }
    }
}
