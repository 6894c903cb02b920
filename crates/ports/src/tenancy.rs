//! Accounts and their concepts.

use async_trait::async_trait;
use creativestore_domain::account::Account;
use creativestore_domain::concept::Concept;
use creativestore_domain::id::{AccountId, ConceptId};

use crate::page::{Page, PageRequest};
use crate::store::StoreError;

/// Accounts and concepts.
#[async_trait]
pub trait Tenancy: Send {
    /// Keeps a new account.
    async fn insert_account(&mut self, account: &Account) -> Result<(), StoreError>;
    /// An account.
    async fn account(&mut self, id: AccountId) -> Result<Option<Account>, StoreError>;
    /// Replaces an account of version `account.version - 1`; stale otherwise.
    async fn save_account(&mut self, account: &Account) -> Result<(), StoreError>;
    /// Accounts by id: all of them, or only these.
    async fn accounts(
        &mut self,
        only: Option<&[AccountId]>,
        page: &PageRequest,
    ) -> Result<Page<Account>, StoreError>;

    /// Keeps a new concept.
    async fn insert_concept(&mut self, concept: &Concept) -> Result<(), StoreError>;
    /// A concept of the account.
    async fn concept(&mut self, account: AccountId, id: ConceptId) -> Result<Option<Concept>, StoreError>;
    /// Replaces a concept of version `concept.version - 1`; stale otherwise.
    async fn save_concept(&mut self, concept: &Concept) -> Result<(), StoreError>;
    /// The account's concepts, newest first.
    async fn concepts(&mut self, account: AccountId, page: &PageRequest)
    -> Result<Page<Concept>, StoreError>;
}
