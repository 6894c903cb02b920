//! Creatives and assignments, and the words that creatives are found by.

use crate::rows::{AssignmentRow, CreativeRow, ListedRow, ListedWholeRow, StoredCreative};
use crate::{list, statements as sql};
use async_trait::async_trait;
use creativestore_domain::assignment::Assignment;
use creativestore_domain::creative::Creative;
use creativestore_domain::id::{AccountId, AssignmentId, CreativeId};
use creativestore_domain::manifest::AssetKind;
use creativestore_domain::revision::Revision;
use creativestore_domain::search;
use creativestore_domain::text::{ExternalId, Label};
use creativestore_domain::time::Timestamp;
use creativestore_ports::creatives::{
    AssignmentFilter, Assignments, CreativeFilter, Creatives, Listed, Sort, SortBy,
};
use creativestore_ports::page::{Key, Page, PageRequest, Position};
use creativestore_ports::store::StoreError;

use super::{Connection, Count, Moment, Read, Work};
use crate::list::{Lead, Shown};
use crate::statement::Statement;

impl<C: Connection> Work<C> {
    /// Writes what a creative is found by: words of its name, labels, external id and texts, its labels, and the
    /// formats of its newest revision.
    async fn index(&mut self, creative: &Creative, newest: &Revision) -> Result<(), StoreError> {
        let labels: Vec<&str> = creative.metadata.labels.iter().map(Label::as_str).collect();
        let mut texts = vec![creative.metadata.name.as_str()];
        texts.extend(creative.external_id.as_ref().map(ExternalId::as_str));
        texts.extend(&labels);
        let assets = newest.manifest.assets().values();
        texts.extend(assets.filter(|it| it.kind == AssetKind::Text).filter_map(|it| it.inline()));
        let terms = search::index_terms(&texts);
        let formats: Vec<&str> = newest.manifest.formats().iter().map(|it| it.as_str()).collect();
        let dialect = self.0.dialect();
        for (clear, insert, values) in [
            (sql::TERMS_CLEAR, dialect.terms_insert, serde_json::to_string(&terms)),
            (sql::LABELS_CLEAR, dialect.labels_insert, serde_json::to_string(&labels)),
            (sql::FORMATS_CLEAR, dialect.formats_insert, serde_json::to_string(&formats)),
        ] {
            let values = values.expect("texts can be written");
            self.run("index", Statement::new(clear).bind(creative.id.to_string())).await?;
            let insert = Statement::new(insert)
                .bind(creative.account.to_string())
                .bind(creative.id.to_string())
                .bind(values);
            self.run("index", insert).await?;
        }
        Ok(())
    }

    /// The rows of a list, one more than the page holds.
    async fn found<R: Read<C::Row>>(
        &mut self,
        account: AccountId,
        filter: &CreativeFilter,
        sort: Sort,
        page: &PageRequest,
        shown: Shown,
    ) -> Result<Vec<R>, StoreError> {
        let parts = list::parts(filter);
        let lead = match sort.by {
            SortBy::Created if parts.iter().any(|part| part.leads()) => self.0.lead(account, &parts).await?,
            _ if *filter == CreativeFilter::default() => self.0.lead(account, &[]).await?,
            _ => Lead::None,
        };
        self.all("creative", list::creatives(account, filter, sort, page, &lead, shown)).await
    }
}

#[async_trait]
impl<C> Creatives for Work<C>
where
    C: Connection,
    StoredCreative: Read<C::Row>,
    ListedRow: Read<C::Row>,
    ListedWholeRow: Read<C::Row>,
    Moment: Read<C::Row>,
{
    async fn insert(&mut self, creative: &Creative, revision: &Revision) -> Result<(), StoreError> {
        let row = CreativeRow::from(creative);
        let insert = Statement::new(sql::CREATIVE_INSERT)
            .bind(row.id)
            .bind(row.account_id)
            .bind(row.external_id)
            .bind(row.kind)
            .bind(row.name)
            .bind(search::fold(creative.metadata.name.as_str()))
            .bind(row.concept_id)
            .bind(row.labels)
            .bind(row.rights_from)
            .bind(row.rights_until)
            .bind(row.change_policy)
            .bind(row.standing)
            .bind(row.newest_no)
            .bind(row.newest_hash)
            .bind(row.newest_state)
            .bind(row.active_no)
            .bind(row.active_hash)
            .bind(creative.status().as_str())
            .bind(row.version)
            .bind(row.sequence)
            .bind(row.created_at)
            .bind(row.updated_at);
        self.run("creative", insert).await?;
        self.index(creative, revision).await
    }

    async fn get(&mut self, account: AccountId, id: CreativeId) -> Result<Option<Creative>, StoreError> {
        let get = self.keeping(sql::CREATIVE_GET).bind(account.to_string()).bind(id.to_string());
        Ok(self.one("creative", get).await?.map(|StoredCreative(creative)| creative))
    }

    async fn by_external_id(
        &mut self,
        account: AccountId,
        external_id: &ExternalId,
    ) -> Result<Option<Creative>, StoreError> {
        self.lock("creative", format!("creative {account} {external_id}")).await?;
        let get = self
            .keeping(sql::CREATIVE_BY_EXTERNAL_ID)
            .bind(account.to_string())
            .bind(external_id.to_string());
        Ok(self.one("creative", get).await?.map(|StoredCreative(creative)| creative))
    }

    async fn save(&mut self, creative: &Creative, newest: Option<&Revision>) -> Result<(), StoreError> {
        let row = CreativeRow::from(creative);
        let update = Statement::new(sql::CREATIVE_SAVE)
            .bind(row.account_id)
            .bind(row.id)
            .bind(row.name)
            .bind(search::fold(creative.metadata.name.as_str()))
            .bind(row.concept_id)
            .bind(row.labels)
            .bind(row.rights_from)
            .bind(row.rights_until)
            .bind(row.change_policy)
            .bind(row.standing)
            .bind(row.newest_no)
            .bind(row.newest_hash)
            .bind(row.newest_state)
            .bind(row.active_no)
            .bind(row.active_hash)
            .bind(creative.status().as_str())
            .bind(row.version)
            .bind(row.sequence)
            .bind(row.updated_at);
        self.run_on_one("creative", update).await?;
        match newest {
            Some(newest) => self.index(creative, newest).await,
            None => Ok(()),
        }
    }

    async fn several(&mut self, account: AccountId, ids: &[CreativeId]) -> Result<Vec<Creative>, StoreError> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let get = Statement::new(self.0.dialect().creatives_several)
            .bind(account.to_string())
            .bind(serde_json::to_string(&ids).expect("texts can be written"));
        let rows = self.all("creative", get).await?;
        Ok(rows.into_iter().map(|StoredCreative(creative)| creative).collect())
    }

    async fn list(
        &mut self,
        account: AccountId,
        filter: &CreativeFilter,
        sort: Sort,
        page: &PageRequest,
    ) -> Result<Page<Listed>, StoreError> {
        let rows = self.found(account, filter, sort, page, Shown::Listed).await?;
        list::page(rows, page.limit, ListedRow::position, ListedRow::into_domain)
    }

    async fn list_whole(
        &mut self,
        account: AccountId,
        filter: &CreativeFilter,
        sort: Sort,
        page: &PageRequest,
    ) -> Result<Page<Creative>, StoreError> {
        let rows = self.found(account, filter, sort, page, Shown::Whole).await?;
        list::page(rows, page.limit, ListedWholeRow::position, |row| Ok(row.creative))
    }

    async fn review_queue(
        &mut self,
        account: AccountId,
        page: &PageRequest,
    ) -> Result<Page<Listed>, StoreError> {
        let (since, id) = match &page.after {
            Some(Position { key: Key::Number(since), id }) => (*since, id.as_str()),
            Some(Position { key: Key::Text(_), .. }) | None => (i64::MIN, ""),
        };
        let get = Statement::new(sql::CREATIVE_QUEUE)
            .bind(account.to_string())
            .bind(since)
            .bind(id.to_owned())
            .bind(i64::from(page.limit) + 1);
        let rows = self.all("creative", get).await?;
        list::page(rows, page.limit, ListedRow::position, ListedRow::into_domain)
    }

    async fn oldest_waiting(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let row: Option<Moment> = self.one("creative", Statement::new(sql::CREATIVE_OLDEST_WAITING)).await?;
        Ok(row.and_then(|row| row.at()))
    }
}

#[async_trait]
impl<C> Assignments for Work<C>
where
    C: Connection,
    AssignmentRow: Read<C::Row>,
    Count: Read<C::Row>,
{
    async fn insert(&mut self, assignment: &Assignment) -> Result<(), StoreError> {
        let row = AssignmentRow::from(assignment);
        let insert = Statement::new(sql::ASSIGNMENT_INSERT)
            .bind(row.id)
            .bind(row.account_id)
            .bind(row.creative_id)
            .bind(row.package)
            .bind(row.media_buy)
            .bind(row.weight)
            .bind(row.flight_from)
            .bind(row.flight_until)
            .bind(row.created_at)
            .bind(row.ended_at);
        self.run("assignment", insert).await.map(drop)
    }

    async fn get(&mut self, account: AccountId, id: AssignmentId) -> Result<Option<Assignment>, StoreError> {
        let get = Statement::new(sql::ASSIGNMENT_GET).bind(account.to_string()).bind(id.to_string());
        self.one("assignment", get).await?.map(AssignmentRow::into_domain).transpose()
    }

    async fn end(&mut self, account: AccountId, id: AssignmentId, at: Timestamp) -> Result<(), StoreError> {
        let end = Statement::new(sql::ASSIGNMENT_END)
            .bind(account.to_string())
            .bind(id.to_string())
            .bind(at.micros());
        self.run_on_one("assignment", end).await
    }

    async fn list(
        &mut self,
        account: AccountId,
        filter: &AssignmentFilter,
        page: &PageRequest,
    ) -> Result<Page<Assignment>, StoreError> {
        let rows = self.all("assignment", list::assignments(account, filter, page)).await?;
        let position = |row: &AssignmentRow| list::by_id(&row.id);
        list::page(rows, page.limit, position, AssignmentRow::into_domain)
    }

    async fn any_in_use(&mut self, account: AccountId, creative: CreativeId) -> Result<bool, StoreError> {
        let any = Statement::new(sql::ASSIGNMENT_ANY).bind(account.to_string()).bind(creative.to_string());
        let row: Option<Count> = self.one("assignment", any).await?;
        Ok(row.is_some_and(|row| row.number > 0))
    }
}
