//! The audit log and the outbox.

use crate::rows::{AuditRow, ChangedRow, EventRow};
use crate::{list, number, statements as sql, unsigned};
use async_trait::async_trait;
use creativestore_domain::event::Event;
use creativestore_domain::id::{AccountId, AuditId, CreativeId};
use creativestore_domain::time::Timestamp;
use creativestore_ports::journal::{AuditEntry, Changed, Journal, Origin, Outbox, Published, Relay};
use creativestore_ports::page::{Page, PageRequest};
use creativestore_ports::store::StoreError;

use super::{Connection, Count, Moment, Read, Work};
use crate::statement::Statement;

#[async_trait]
impl<C> Journal for Work<C>
where
    C: Connection,
    AuditRow: Read<C::Row>,
    EventRow: Read<C::Row>,
{
    async fn record(&mut self, audit: AuditId, origin: &Origin, event: &Event) -> Result<(), StoreError> {
        let row = EventRow::from(event);
        let entry = AuditEntry {
            id: audit,
            account: Some(event.account),
            by: event.by,
            at: event.at,
            origin: origin.clone(),
            action: event.what.type_name().to_owned(),
            subject: row.creative_id.clone(),
            detail: row.what.clone(),
        };
        let insert = Statement::new(sql::EVENT_INSERT)
            .bind(row.id)
            .bind(row.account_id)
            .bind(row.creative_id)
            .bind(row.sequence)
            .bind(row.at)
            .bind(row.by)
            .bind(row.what)
            .bind(origin.trace.clone());
        self.run("event", insert).await?;
        self.note(&entry).await
    }

    async fn note(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let row = AuditRow::from(entry);
        let insert = Statement::new(sql::AUDIT_INSERT)
            .bind(row.id)
            .bind(row.account_id)
            .bind(row.by)
            .bind(row.at)
            .bind(row.address)
            .bind(row.request_id)
            .bind(row.action)
            .bind(row.subject)
            .bind(row.detail);
        self.run("audit entry", insert).await.map(drop)
    }

    async fn audit(
        &mut self,
        account: Option<AccountId>,
        page: &PageRequest,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let before = list::after_id(page, list::AFTER_EVERY_ID).to_owned();
        let get = match account {
            Some(account) => Statement::new(sql::AUDIT_LIST).bind(account.to_string()),
            None => Statement::new(sql::AUDIT_LIST_INSTALLATION),
        };
        let rows = self.all("audit entry", get.bind(before).bind(i64::from(page.limit) + 1)).await?;
        list::page(rows, page.limit, |row: &AuditRow| list::by_id(&row.id), AuditRow::into_domain)
    }

    async fn history(
        &mut self,
        account: AccountId,
        creative: CreativeId,
        after: u64,
        limit: u16,
    ) -> Result<Vec<Event>, StoreError> {
        let get = Statement::new(sql::EVENT_HISTORY)
            .bind(account.to_string())
            .bind(creative.to_string())
            .bind(number(after))
            .bind(i64::from(limit));
        let rows: Vec<EventRow> = self.all("event", get).await?;
        rows.into_iter().map(EventRow::into_domain).collect()
    }
}

#[async_trait]
impl<C> Outbox for Work<C>
where
    C: Connection,
    EventRow: Read<C::Row>,
    ChangedRow: Read<C::Row>,
    Count: Read<C::Row>,
    Moment: Read<C::Row>,
{
    async fn publish_next(&mut self, limit: u16) -> Result<Vec<Published>, StoreError> {
        if let Some(lock) = self.0.dialect().outbox_lock {
            self.run("outbox", Statement::new(lock)).await?;
        }
        let newest = self.newest_position().await?;
        let place = Statement::new(sql::EVENT_PUBLISH).bind(number(newest)).bind(i64::from(limit));
        let mut published = self.placed(place).await?;
        published.sort_by_key(|event| event.position);
        Ok(published)
    }

    async fn published_after(
        &mut self,
        account: AccountId,
        position: u64,
        limit: u16,
    ) -> Result<Vec<Published>, StoreError> {
        let get = Statement::new(sql::EVENT_PUBLISHED_AFTER)
            .bind(account.to_string())
            .bind(number(position))
            .bind(i64::from(limit));
        self.placed(get).await
    }

    async fn changed_after(&mut self, position: u64, limit: u16) -> Result<Vec<Changed>, StoreError> {
        let get = Statement::new(sql::EVENT_CHANGED_AFTER).bind(number(position)).bind(i64::from(limit));
        let rows: Vec<ChangedRow> = self.all("event", get).await?;
        rows.into_iter().map(ChangedRow::into_domain).collect()
    }

    async fn newest_position(&mut self) -> Result<u64, StoreError> {
        let row: Option<Count> = self.one("event", Statement::new(sql::EVENT_NEWEST_POSITION)).await?;
        unsigned("position", row.map_or(0, |row| row.number))
    }

    async fn take(
        &mut self,
        relay: &Relay,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let take =
            Statement::new(sql::RELAY_TAKE).bind(relay.0.clone()).bind(now.micros()).bind(until.micros());
        let row: Option<Count> = self.one("relay", take).await?;
        row.map(|row| unsigned("position", row.number)).transpose()
    }

    async fn untold(&mut self, position: u64, limit: u16) -> Result<Vec<Published>, StoreError> {
        self.placed(Statement::new(sql::EVENT_UNTOLD).bind(number(position)).bind(i64::from(limit))).await
    }

    async fn told(&mut self, relay: &Relay, position: u64) -> Result<(), StoreError> {
        let keep = Statement::new(sql::RELAY_TOLD).bind(relay.0.clone()).bind(number(position));
        self.run_on_one("relay", keep).await
    }

    async fn oldest_untold(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let row: Option<Moment> = self.one("event", Statement::new(sql::EVENT_OLDEST_UNTOLD)).await?;
        Ok(row.and_then(|row| row.at()))
    }
}

impl<C> Work<C>
where
    C: Connection,
    EventRow: Read<C::Row>,
{
    /// Events that have their places.
    async fn placed(&mut self, get: Statement) -> Result<Vec<Published>, StoreError> {
        let rows: Vec<EventRow> = self.all("event", get).await?;
        let place = |row: EventRow| {
            let position = unsigned("position", row.position.unwrap_or_default())?;
            row.published(position)
        };
        rows.into_iter().map(place).collect()
    }
}
