//! Accounts and concepts.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use creativestore_domain::account::{Account, ChangePolicy};
use creativestore_domain::concept::Concept;
use creativestore_domain::id::{AccountId, ConceptId};
use creativestore_ports::store::{Store, StoreError};

use crate::given::{
    account, accounts, acme, all_pages, at, commit, concept, first, name, other, peeking, uuid, writing,
};

async fn kept(store: &dyn Store, account: &Account) -> Account {
    peeking(store).await.tenancy().account(account.id).await.expect("read").expect("there")
}

pub async fn an_account_reads_back_as_it_was_written(store: &dyn Store) {
    let full = Account {
        brand_domain: Some(name("acme.example")),
        operator: Some(name("Agentur Größe – 代理店")),
        change_policy: ChangePolicy::Strict,
        version: 7,
        updated_at: at(-10),
        ..account(acme(), "Acme 'quoted' \"twice\" \\ %_")
    };
    let bare = account(other(), "Other");
    let mut work = writing(store).await;
    work.tenancy().insert_account(&full).await.expect("new");
    work.tenancy().insert_account(&bare).await.expect("new");
    commit(work).await;
    assert_eq!(kept(store, &full).await, full);
    assert_eq!(kept(store, &bare).await, bare);
    let unknown = peeking(store).await.tenancy().account(AccountId::new(uuid(3))).await.expect("read");
    assert_eq!(unknown, None);
}

pub async fn the_same_account_twice_is_a_duplicate(store: &dyn Store) {
    accounts(store).await;
    let twice = writing(store).await.tenancy().insert_account(&account(acme(), "Again")).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))), "{twice:?}");
}

pub async fn an_account_is_saved_over_the_version_before_it_and_a_stale_save_is_refused(store: &dyn Store) {
    accounts(store).await;
    let (policy, version) = (ChangePolicy::Strict, 2);
    let second =
        Account { change_policy: policy, version, updated_at: at(5), ..account(acme(), "Acme, renamed") };
    let mut work = writing(store).await;
    work.tenancy().save_account(&second).await.expect("over version 1");
    commit(work).await;
    assert_eq!(kept(store, &second).await, second);
    for version in [1, 2, 4] {
        let stale = Account { version, ..account(acme(), "Late") };
        let refused = writing(store).await.tenancy().save_account(&stale).await;
        assert!(matches!(refused, Err(StoreError::Stale)), "{version}: {refused:?}");
    }
    let unknown = Account { version: 2, ..account(AccountId::new(uuid(3)), "Nobody") };
    let refused = writing(store).await.tenancy().save_account(&unknown).await;
    assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    assert_eq!(kept(store, &second).await, second);
}

pub async fn accounts_come_by_id_all_or_only_those_asked_for(store: &dyn Store) {
    let ids: Vec<AccountId> = (1..=7).map(|number| AccountId::new(uuid(number))).collect();
    let mut work = writing(store).await;
    for id in ids.iter().rev() {
        work.tenancy().insert_account(&account(*id, "One of many")).await.expect("new");
    }
    commit(work).await;
    let unknown = AccountId::new(uuid(99));
    let some = [ids[5], ids[1], unknown, ids[3]];
    for limit in [1, 2, 3, 7, 200] {
        let listed = async |only: Option<&[AccountId]>| {
            let pages = all_pages(limit, async |page| {
                peeking(store).await.tenancy().accounts(only, &page).await.expect("a page")
            });
            pages.await.into_iter().map(|account| account.id).collect::<Vec<_>>()
        };
        assert_eq!(listed(None).await, ids);
        assert_eq!(listed(Some(&some)).await, [ids[1], ids[3], ids[5]]);
        assert_eq!(listed(Some(&[unknown])).await, []);
        assert_eq!(listed(Some(&[])).await, []);
    }
}

async fn kept_concept(store: &dyn Store, id: ConceptId) -> Option<Concept> {
    peeking(store).await.tenancy().concept(acme(), id).await.expect("read")
}

pub async fn a_concept_reads_back_as_it_was_written_and_once(store: &dyn Store) {
    accounts(store).await;
    let idea = Concept { version: 3, updated_at: at(9), ..concept(50, acme()) };
    let mut work = writing(store).await;
    work.tenancy().insert_concept(&idea).await.expect("new");
    commit(work).await;
    assert_eq!(kept_concept(store, idea.id).await, Some(idea.clone()));
    assert_eq!(kept_concept(store, ConceptId::new(uuid(51))).await, None);
    let twice = writing(store).await.tenancy().insert_concept(&idea).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))), "{twice:?}");
}

pub async fn a_stale_concept_is_refused(store: &dyn Store) {
    accounts(store).await;
    let idea = concept(50, acme());
    let second = Concept { name: name("Better"), version: 2, updated_at: at(5), ..idea.clone() };
    let mut work = writing(store).await;
    work.tenancy().insert_concept(&idea).await.expect("new");
    work.tenancy().save_concept(&second).await.expect("over version 1");
    commit(work).await;
    for version in [1, 2, 4] {
        let stale = Concept { name: name("Late"), version, ..idea.clone() };
        let refused = writing(store).await.tenancy().save_concept(&stale).await;
        assert!(matches!(refused, Err(StoreError::Stale)), "{version}: {refused:?}");
    }
    assert_eq!(kept_concept(store, idea.id).await, Some(second));
}

pub async fn concepts_come_newest_first(store: &dyn Store) {
    accounts(store).await;
    let mut work = writing(store).await;
    for number in [53, 51, 55, 52, 54] {
        work.tenancy().insert_concept(&concept(number, acme())).await.expect("new");
    }
    commit(work).await;
    for limit in [1, 2, 5, 200] {
        let listed = all_pages(limit, async |page| {
            peeking(store).await.tenancy().concepts(acme(), &page).await.expect("a page")
        });
        let ids: Vec<ConceptId> = listed.await.into_iter().map(|concept| concept.id).collect();
        assert_eq!(ids, [55, 54, 53, 52, 51].map(|number| ConceptId::new(uuid(number))));
    }
    assert!(
        peeking(store).await.tenancy().concepts(other(), &first(9)).await.expect("a page").items.is_empty()
    );
}
