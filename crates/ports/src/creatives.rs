//! Creatives with their revisions, check runs, reviews and assignments.

use async_trait::async_trait;
use creativestore_domain::assignment::Assignment;
use creativestore_domain::check::CheckRun;
use creativestore_domain::creative::Creative;
use creativestore_domain::format::FormatId;
use creativestore_domain::id::{AccountId, AssignmentId, ConceptId, CreativeId};
use creativestore_domain::manifest::Kind;
use creativestore_domain::review::Review;
use creativestore_domain::revision::{Revision, RevisionNo, RevisionState};
use creativestore_domain::search::QueryTerm;
use creativestore_domain::states::Status;
use creativestore_domain::text::{ExternalId, ExternalRef, Label};
use creativestore_domain::time::{Timestamp, Window};

use crate::page::{Page, PageRequest};
use crate::store::StoreError;

/// Which creatives of an account; everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreativeFilter {
    /// Of this concept.
    pub concept: Option<ConceptId>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Whose newest revision names this format.
    pub format: Option<FormatId>,
    /// With one of these statuses; any when empty.
    pub statuses: Vec<Status>,
    /// With this label.
    pub label: Option<Label>,
    /// Made inside this window.
    pub created: Window,
    /// Last changed inside this window.
    pub updated: Window,
    /// Whose name, labels, external id or texts hold all these terms.
    pub terms: Vec<QueryTerm>,
}

/// What a list of creatives is sorted by; the id decides among equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// When it was made.
    Created,
    /// When anything about it last changed.
    Updated,
    /// Its name, by code point of the case-folded form.
    Name,
}

/// A sort order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Largest or latest first.
    pub descending: bool,
}

/// A creative that a list found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub id: CreativeId,
    /// Its sequence: whoever has it with this one has it as it is.
    pub sequence: u64,
}

/// Creatives.
#[async_trait]
pub trait Creatives: Send {
    /// Keeps a new creative with the words it is found by; a duplicate when the account has its external id
    /// already.
    async fn insert(&mut self, creative: &Creative, revision: &Revision) -> Result<(), StoreError>;
    /// A creative of the account. In a unit of work for writing it stays as read.
    async fn get(&mut self, account: AccountId, id: CreativeId) -> Result<Option<Creative>, StoreError>;
    /// The creative of the account with this external id.
    async fn by_external_id(
        &mut self,
        account: AccountId,
        external_id: &ExternalId,
    ) -> Result<Option<Creative>, StoreError>;
    /// Replaces the creative of sequence `creative.sequence - 1`; stale otherwise. `newest` is given when the
    /// words that it is found by may have changed: metadata, or a new revision.
    async fn save(&mut self, creative: &Creative, newest: Option<&Revision>) -> Result<(), StoreError>;
    /// Those of these creatives that are the account's, in any order.
    async fn several(&mut self, account: AccountId, ids: &[CreativeId]) -> Result<Vec<Creative>, StoreError>;
    /// A page of the account's creatives.
    async fn list(
        &mut self,
        account: AccountId,
        filter: &CreativeFilter,
        sort: Sort,
        page: &PageRequest,
    ) -> Result<Page<Listed>, StoreError>;
    /// The same page with all of each creative, as they are at one moment.
    async fn list_whole(
        &mut self,
        account: AccountId,
        filter: &CreativeFilter,
        sort: Sort,
        page: &PageRequest,
    ) -> Result<Page<Creative>, StoreError>;
    /// The account's creatives whose newest revision waits for a decision, longest waiting first.
    async fn review_queue(
        &mut self,
        account: AccountId,
        page: &PageRequest,
    ) -> Result<Page<Listed>, StoreError>;
    /// Since when the longest waiting revision of all accounts waits for a decision.
    async fn oldest_waiting(&mut self) -> Result<Option<Timestamp>, StoreError>;
}

/// Revisions and their check runs.
#[async_trait]
pub trait Revisions: Send {
    /// Keeps a new revision.
    async fn insert(&mut self, revision: &Revision) -> Result<(), StoreError>;
    /// A revision.
    async fn get(
        &mut self,
        account: AccountId,
        creative: CreativeId,
        no: RevisionNo,
    ) -> Result<Option<Revision>, StoreError>;
    /// The creative's revisions, newest first.
    async fn list(
        &mut self,
        account: AccountId,
        creative: CreativeId,
        page: &PageRequest,
    ) -> Result<Page<Revision>, StoreError>;
    /// Moves a revision to another state; nothing else of it ever changes.
    async fn set_state(
        &mut self,
        account: AccountId,
        creative: CreativeId,
        no: RevisionNo,
        state: RevisionState,
    ) -> Result<(), StoreError>;
    /// Keeps a check run.
    async fn insert_run(
        &mut self,
        account: AccountId,
        creative: CreativeId,
        no: RevisionNo,
        run: &CheckRun,
    ) -> Result<(), StoreError>;
    /// The newest check run of a revision.
    async fn newest_run(
        &mut self,
        account: AccountId,
        creative: CreativeId,
        no: RevisionNo,
    ) -> Result<Option<CheckRun>, StoreError>;
}

/// Reviews.
#[async_trait]
pub trait Reviews: Send {
    /// Keeps a review.
    async fn insert(&mut self, review: &Review) -> Result<(), StoreError>;
    /// The reviews of a revision, oldest first.
    async fn of(
        &mut self,
        account: AccountId,
        creative: CreativeId,
        no: RevisionNo,
    ) -> Result<Vec<Review>, StoreError>;
}

/// Which assignments of an account.
#[derive(Clone, Debug, Default)]
pub struct AssignmentFilter {
    /// Of this creative.
    pub creative: Option<CreativeId>,
    /// In this package.
    pub package: Option<ExternalRef>,
    /// In this media buy.
    pub media_buy: Option<ExternalRef>,
    /// Only those that have not ended.
    pub in_use: bool,
}

/// Assignments.
#[async_trait]
pub trait Assignments: Send {
    /// Keeps a new assignment; a duplicate when the creative is in use in that package already.
    async fn insert(&mut self, assignment: &Assignment) -> Result<(), StoreError>;
    /// An assignment of the account.
    async fn get(&mut self, account: AccountId, id: AssignmentId) -> Result<Option<Assignment>, StoreError>;
    /// Marks it as ended; stale when it had ended already.
    async fn end(&mut self, account: AccountId, id: AssignmentId, at: Timestamp) -> Result<(), StoreError>;
    /// A page of the account's assignments, newest first.
    async fn list(
        &mut self,
        account: AccountId,
        filter: &AssignmentFilter,
        page: &PageRequest,
    ) -> Result<Page<Assignment>, StoreError>;
    /// Whether the creative has an assignment that has not ended.
    async fn any_in_use(&mut self, account: AccountId, creative: CreativeId) -> Result<bool, StoreError>;
}
