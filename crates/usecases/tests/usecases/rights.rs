//! What is for those who administer the installation.

use creativestore_domain::access::Grants;
use creativestore_domain::account::ChangePolicy;
use creativestore_domain::text::Login;
use creativestore_usecases::{Caller, Failure, accounts, audit, users};

use crate::world::{World, first_page, name};

#[tokio::test]
async fn an_admin_of_one_account_does_not_administer_the_installation() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let login = Login::parse("ann@acme.example").expect("a login");
    let before = world.everything().await;
    let account = accounts::Create {
        name: name("Third"),
        brand_domain: None,
        operator: None,
        change_policy: ChangePolicy::Staged,
    };
    let request = users::Create { login: login.clone(), name: name("Ann"), grants: Grants::default() };
    let told = [
        accounts::create(inside, &caller, account, None).await.map(drop),
        users::create(inside, &caller, request).await.map(drop),
        users::invite(inside, &caller, &login).await.map(drop),
        users::disable(inside, &caller, &login).await,
        users::list(inside, &caller).await.map(drop),
    ];
    assert!(told.iter().all(|told| matches!(told, Err(Failure::Forbidden(_)))), "{told:?}");
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn everybody_sees_the_accounts_they_were_granted_something_in() {
    let world = World::new().await;
    let seen = async |caller: &Caller| {
        let page = accounts::list(&world.inside, caller, &first_page()).await.expect("a page");
        page.items.into_iter().map(|account| account.id).collect::<Vec<_>>()
    };
    assert_eq!(seen(&world.acme()).await, [world.acme]);
    assert_eq!(seen(&Caller::system()).await, [world.acme, world.other]);
    assert!(seen(&Caller { grants: Grants::default().into(), ..world.acme() }).await.is_empty());
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_not_found_by_the_installations_admins_either() {
    let world = World::new().await;
    let nowhere = creativestore_domain::id::AccountId::new(uuid::Uuid::from_u128(u128::MAX));
    let caller = Caller { named: Some(nowhere), ..Caller::system() };
    let before = world.everything().await;
    let told = accounts::get(&world.inside, &caller).await;
    assert!(matches!(told, Err(Failure::NotFound("account"))));
    let bytes =
        creativestore_usecases::blobs::put(&world.inside, &caller, crate::world::stream("x"), None).await;
    assert!(matches!(bytes, Err(Failure::NotFound("account"))));
    let concept = creativestore_usecases::concepts::create(&world.inside, &caller, name("Idea"), None).await;
    assert!(matches!(concept, Err(Failure::NotFound("account"))));
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn a_login_is_taken_once_whatever_its_case() {
    let world = World::new().await;
    for (login, taken) in [("ann@acme.example", false), ("ANN@acme.example", true)] {
        let login = Login::parse(login).expect("a login");
        let request = users::Create { login, name: name("Ann"), grants: Grants::default() };
        let made = users::create(&world.inside, &Caller::system(), request).await;
        assert_eq!(matches!(made, Err(Failure::Exists("user"))), taken);
    }
}

#[tokio::test]
async fn what_belongs_to_no_account_is_read_by_the_installations_admins() {
    let world = World::new().await;
    let login = Login::parse("ann@acme.example").expect("a login");
    let request = users::Create { login, name: name("Ann"), grants: Grants::default() };
    users::create(&world.inside, &Caller::system(), request).await.expect("a user");
    let actions = async |caller: &Caller| {
        let page = audit::list(&world.inside, caller, &first_page()).await.expect("a page");
        page.items.into_iter().map(|line| line.action).collect::<Vec<_>>()
    };
    assert_eq!(actions(&Caller::system()).await, ["user.created"]);
    assert_eq!(actions(&world.acme()).await, ["account.created"]);
}
