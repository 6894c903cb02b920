//! Revisions, check runs and reviews.

use crate::document::{run_from, run_text};
use crate::rows::{ReviewRow, RevisionRow};
use crate::{list, statements as sql};
use async_trait::async_trait;
use creativestore_domain::check::CheckRun;
use creativestore_domain::id::{AccountId, CreativeId};
use creativestore_domain::review::Review;
use creativestore_domain::revision::{Revision, RevisionNo, RevisionState};
use creativestore_ports::creatives::{Reviews, Revisions};
use creativestore_ports::page::{Page, PageRequest};
use creativestore_ports::store::StoreError;

use super::{Connection, Document, Read, Work};
use crate::statement::Statement;

#[async_trait]
impl<C> Revisions for Work<C>
where
    C: Connection,
    RevisionRow: Read<C::Row>,
    Document: Read<C::Row>,
{
    async fn insert(&mut self, revision: &Revision) -> Result<(), StoreError> {
        let row = RevisionRow::from(revision);
        let insert = Statement::new(sql::REVISION_INSERT)
            .bind(row.creative_id)
            .bind(row.no)
            .bind(row.account_id)
            .bind(row.manifest)
            .bind(row.hash)
            .bind(row.author)
            .bind(row.parent)
            .bind(row.state)
            .bind(row.created_at);
        self.run("revision", insert).await.map(drop)
    }

    async fn get(
        &mut self,
        account: AccountId,
        creative: CreativeId,
        no: RevisionNo,
    ) -> Result<Option<Revision>, StoreError> {
        let get = Statement::new(sql::REVISION_GET)
            .bind(account.to_string())
            .bind(creative.to_string())
            .bind(i64::from(no.get()));
        self.one("revision", get).await?.map(RevisionRow::into_domain).transpose()
    }

    async fn list(
        &mut self,
        account: AccountId,
        creative: CreativeId,
        page: &PageRequest,
    ) -> Result<Page<Revision>, StoreError> {
        let before = page.after.as_ref().and_then(|after| after.id.parse().ok()).unwrap_or(i64::MAX);
        let get = Statement::new(sql::REVISION_LIST)
            .bind(account.to_string())
            .bind(creative.to_string())
            .bind(before)
            .bind(i64::from(page.limit) + 1);
        let rows = self.all("revision", get).await?;
        let position = |row: &RevisionRow| list::by_id(&row.no.to_string());
        list::page(rows, page.limit, position, RevisionRow::into_domain)
    }

    async fn set_state(
        &mut self,
        account: AccountId,
        creative: CreativeId,
        no: RevisionNo,
        state: RevisionState,
    ) -> Result<(), StoreError> {
        let update = Statement::new(sql::REVISION_STATE)
            .bind(account.to_string())
            .bind(creative.to_string())
            .bind(i64::from(no.get()))
            .bind(state.as_str());
        self.run_on_one("revision", update).await
    }

    async fn insert_run(
        &mut self,
        account: AccountId,
        creative: CreativeId,
        no: RevisionNo,
        run: &CheckRun,
    ) -> Result<(), StoreError> {
        let insert = Statement::new(sql::RUN_INSERT)
            .bind(run.id.to_string())
            .bind(account.to_string())
            .bind(creative.to_string())
            .bind(i64::from(no.get()))
            .bind(run.at.micros())
            .bind(run_text(run));
        self.run("check run", insert).await.map(drop)
    }

    async fn newest_run(
        &mut self,
        account: AccountId,
        creative: CreativeId,
        no: RevisionNo,
    ) -> Result<Option<CheckRun>, StoreError> {
        let get = Statement::new(sql::RUN_NEWEST)
            .bind(account.to_string())
            .bind(creative.to_string())
            .bind(i64::from(no.get()));
        let row: Option<Document> = self.one("check run", get).await?;
        row.map(|row| run_from(&row.document)).transpose()
    }
}

#[async_trait]
impl<C> Reviews for Work<C>
where
    C: Connection,
    ReviewRow: Read<C::Row>,
{
    async fn insert(&mut self, review: &Review) -> Result<(), StoreError> {
        let row = ReviewRow::from(review);
        let insert = Statement::new(sql::REVIEW_INSERT)
            .bind(row.id)
            .bind(row.account_id)
            .bind(row.creative_id)
            .bind(row.no)
            .bind(row.hash)
            .bind(row.scope)
            .bind(row.decision)
            .bind(row.reason)
            .bind(row.note)
            .bind(row.by)
            .bind(row.at);
        self.run("review", insert).await.map(drop)
    }

    async fn of(
        &mut self,
        account: AccountId,
        creative: CreativeId,
        no: RevisionNo,
    ) -> Result<Vec<Review>, StoreError> {
        let get = Statement::new(sql::REVIEW_OF)
            .bind(account.to_string())
            .bind(creative.to_string())
            .bind(i64::from(no.get()));
        let rows: Vec<ReviewRow> = self.all("review", get).await?;
        rows.into_iter().map(ReviewRow::into_domain).collect()
    }
}
