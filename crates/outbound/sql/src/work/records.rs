//! Accounts, concepts, jobs, and the outcomes of requests that may come twice.

use crate::document::{outcome_from, outcome_text};
use crate::rows::{AccountRow, ConceptRow, JobRow};
use crate::{corrupt, list, statements as sql, unsigned};
use async_trait::async_trait;
use creativestore_domain::access::Actor;
use creativestore_domain::account::Account;
use creativestore_domain::concept::Concept;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, ConceptId, JobId, LeaseId};
use creativestore_domain::time::Timestamp;
use creativestore_ports::idempotency::{Idempotency, Kept};
use creativestore_ports::jobs::{Job, Jobs};
use creativestore_ports::page::{Page, PageRequest};
use creativestore_ports::store::StoreError;
use creativestore_ports::tenancy::Tenancy;
use sqlx::FromRow;

use super::{Connection, Count, Read, Work};
use crate::statement::Statement;

#[async_trait]
impl<C> Tenancy for Work<C>
where
    C: Connection,
    AccountRow: Read<C::Row>,
    ConceptRow: Read<C::Row>,
{
    async fn insert_account(&mut self, account: &Account) -> Result<(), StoreError> {
        let row = AccountRow::from(account);
        let insert = Statement::new(sql::ACCOUNT_INSERT)
            .bind(row.id)
            .bind(row.name)
            .bind(row.brand_domain)
            .bind(row.operator)
            .bind(row.change_policy)
            .bind(row.version)
            .bind(row.created_at)
            .bind(row.updated_at);
        self.run("account", insert).await.map(drop)
    }

    async fn account(&mut self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let row = self.one("account", Statement::new(sql::ACCOUNT_GET).bind(id.to_string())).await?;
        row.map(AccountRow::into_domain).transpose()
    }

    async fn save_account(&mut self, account: &Account) -> Result<(), StoreError> {
        let row = AccountRow::from(account);
        let update = Statement::new(sql::ACCOUNT_SAVE)
            .bind(row.id)
            .bind(row.name)
            .bind(row.brand_domain)
            .bind(row.operator)
            .bind(row.change_policy)
            .bind(row.version)
            .bind(row.updated_at);
        self.run_on_one("account", update).await
    }

    async fn accounts(
        &mut self,
        only: Option<&[AccountId]>,
        page: &PageRequest,
    ) -> Result<Page<Account>, StoreError> {
        if only.is_some_and(<[AccountId]>::is_empty) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let rows = self.all("account", list::accounts(only, page)).await?;
        list::page(rows, page.limit, |row: &AccountRow| list::by_id(&row.id), AccountRow::into_domain)
    }

    async fn insert_concept(&mut self, concept: &Concept) -> Result<(), StoreError> {
        let row = ConceptRow::from(concept);
        let insert = Statement::new(sql::CONCEPT_INSERT)
            .bind(row.id)
            .bind(row.account_id)
            .bind(row.name)
            .bind(row.version)
            .bind(row.created_at)
            .bind(row.updated_at);
        self.run("concept", insert).await.map(drop)
    }

    async fn concept(&mut self, account: AccountId, id: ConceptId) -> Result<Option<Concept>, StoreError> {
        let get = Statement::new(sql::CONCEPT_GET).bind(account.to_string()).bind(id.to_string());
        self.one("concept", get).await?.map(ConceptRow::into_domain).transpose()
    }

    async fn save_concept(&mut self, concept: &Concept) -> Result<(), StoreError> {
        let row = ConceptRow::from(concept);
        let update = Statement::new(sql::CONCEPT_SAVE)
            .bind(row.account_id)
            .bind(row.id)
            .bind(row.name)
            .bind(row.version)
            .bind(row.updated_at);
        self.run_on_one("concept", update).await
    }

    async fn concepts(
        &mut self,
        account: AccountId,
        page: &PageRequest,
    ) -> Result<Page<Concept>, StoreError> {
        let get = Statement::new(sql::CONCEPT_LIST)
            .bind(account.to_string())
            .bind(list::after_id(page, list::AFTER_EVERY_ID).to_owned())
            .bind(i64::from(page.limit) + 1);
        let rows = self.all("concept", get).await?;
        list::page(rows, page.limit, |row: &ConceptRow| list::by_id(&row.id), ConceptRow::into_domain)
    }
}

#[derive(FromRow)]
struct Backlog {
    number: i64,
    moment: Option<i64>,
}

#[async_trait]
impl<C> Jobs for Work<C>
where
    C: Connection,
    JobRow: Read<C::Row>,
    Backlog: Read<C::Row>,
    Count: Read<C::Row>,
{
    async fn enqueue(&mut self, job: &Job) -> Result<(), StoreError> {
        let Job { id, account, creative, revision, tries, due } = job;
        let insert = Statement::new(sql::JOB_INSERT)
            .bind(id.to_string())
            .bind(account.to_string())
            .bind(creative.to_string())
            .bind(i64::from(revision.get()))
            .bind(i64::from(*tries))
            .bind(due.micros());
        self.run("job", insert).await.map(drop)
    }

    async fn any_free(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let row: Option<Count> = self.one("job", Statement::new(sql::JOB_FREE).bind(now.micros())).await?;
        Ok(row.is_some_and(|row| row.number > 0))
    }

    async fn claim(
        &mut self,
        now: Timestamp,
        lease: LeaseId,
        until: Timestamp,
    ) -> Result<Option<Job>, StoreError> {
        let claim = Statement::new(self.0.dialect().job_claim)
            .bind(now.micros())
            .bind(lease.to_string())
            .bind(until.micros());
        self.one("job", claim).await?.map(JobRow::into_domain).transpose()
    }

    async fn renew(&mut self, job: JobId, lease: LeaseId, until: Timestamp) -> Result<(), StoreError> {
        let renew =
            Statement::new(sql::JOB_RENEW).bind(job.to_string()).bind(lease.to_string()).bind(until.micros());
        self.run_on_one("job", renew).await
    }

    async fn finish(&mut self, job: JobId, lease: LeaseId) -> Result<(), StoreError> {
        self.run_on_one("job", Statement::new(sql::JOB_FINISH).bind(job.to_string()).bind(lease.to_string()))
            .await
    }

    async fn retry(&mut self, job: JobId, lease: LeaseId, due: Timestamp) -> Result<(), StoreError> {
        let retry =
            Statement::new(sql::JOB_RETRY).bind(job.to_string()).bind(lease.to_string()).bind(due.micros());
        self.run_on_one("job", retry).await
    }

    async fn backlog(&mut self) -> Result<(u64, Option<Timestamp>), StoreError> {
        let row: Option<Backlog> = self.one("job", Statement::new(sql::JOB_BACKLOG)).await?;
        let Backlog { number, moment } = row.unwrap_or(Backlog { number: 0, moment: None });
        Ok((unsigned("count", number)?, moment.map(Timestamp::from_micros)))
    }
}

#[derive(FromRow)]
struct KeptRow {
    fingerprint: String,
    outcome: String,
    at: i64,
}

#[async_trait]
impl<C> Idempotency for Work<C>
where
    C: Connection,
    KeptRow: Read<C::Row>,
{
    async fn find(&mut self, by: Actor, key: &str) -> Result<Option<Kept>, StoreError> {
        self.lock("idempotency key", format!("idempotency {by} {key}")).await?;
        let find = Statement::new(sql::IDEMPOTENCY_FIND).bind(by.to_string()).bind(key.to_owned());
        let row: Option<KeptRow> = self.one("idempotency key", find).await?;
        let kept = |KeptRow { fingerprint, outcome, at }| {
            Ok(Kept {
                fingerprint: Sha256::parse(&fingerprint).map_err(|_| corrupt("hash", &fingerprint))?,
                outcome: outcome_from(&outcome)?,
                at: Timestamp::from_micros(at),
            })
        };
        row.map(kept).transpose()
    }

    async fn keep(&mut self, by: Actor, key: &str, kept: &Kept) -> Result<(), StoreError> {
        let Kept { fingerprint, outcome, at } = kept;
        let keep = Statement::new(sql::IDEMPOTENCY_KEEP)
            .bind(by.to_string())
            .bind(key.to_owned())
            .bind(fingerprint.to_string())
            .bind(outcome_text(outcome))
            .bind(at.micros());
        self.run("idempotency key", keep).await.map(drop)
    }

    async fn forget(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.run("idempotency key", Statement::new(sql::IDEMPOTENCY_FORGET).bind(before.micros())).await
    }
}
