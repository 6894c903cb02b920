//! Users, API keys and refresh tokens.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use creativestore_domain::access::{Grants, Role};
use creativestore_domain::id::{AccountId, ApiKeyId, FamilyId, UserId};
use creativestore_domain::text::Login;
use creativestore_ports::people::{ApiKey, Holder, RefreshToken, User};
use creativestore_ports::store::{Store, StoreError};
use futures_util::future::join_all;

use crate::given::{accounts, acme, at, commit, hash, name, other, peeking, uuid, writing};

fn login(text: &str) -> Login {
    Login::parse(text).expect("a login")
}

pub(super) fn person(number: u32, signs_in: &str) -> User {
    User {
        id: UserId::new(uuid(number)),
        login: login(signs_in),
        name: name("Somebody"),
        password: None,
        one_time_token: None,
        grants: Grants::default(),
        created_at: at(number.into()),
        disabled_at: None,
    }
}

/// A user with everything that a user can have.
pub(super) fn ann() -> User {
    User {
        password: Some("$argon2id$v=19$m=1,t=1,p=1$YQ$Yg".into()),
        one_time_token: Some(hash(5)),
        grants: Grants {
            installation: true,
            accounts: [(acme(), Role::Editor), (other(), Role::Viewer)].into(),
        },
        disabled_at: Some(at(9)),
        ..person(1, "ann@acme.example")
    }
}

pub(super) fn api_key(number: u32, account: AccountId) -> ApiKey {
    ApiKey {
        id: ApiKeyId::new(uuid(number)),
        account,
        name: name("A key"),
        role: Role::Editor,
        secret: hash(1_000 + number),
        created_at: at(number.into()),
        expires_at: None,
        revoked_at: None,
    }
}

pub(super) fn token(number: u32, family: u32) -> RefreshToken {
    RefreshToken {
        family: FamilyId::new(uuid(family)),
        holder: Holder::User(UserId::new(uuid(1))),
        token: hash(2_000 + number),
        issued_at: at(number.into()),
        expires_at: at(100 + i64::from(number)),
        used_at: None,
        revoked_at: None,
    }
}

pub(super) async fn keep_users(store: &dyn Store, users: &[User]) {
    let mut work = writing(store).await;
    for user in users {
        work.people().insert_user(user).await.expect("a new user");
    }
    commit(work).await;
}

async fn user(store: &dyn Store, id: UserId) -> Option<User> {
    peeking(store).await.people().user(id).await.expect("read")
}

pub async fn a_user_reads_back_as_they_were_written(store: &dyn Store) {
    accounts(store).await;
    let bob = person(2, "bob");
    let mut cid = person(3, "cid");
    cid.grants.accounts = [(acme(), Role::Admin), (other(), Role::Reviewer)].into();
    keep_users(store, &[ann(), bob.clone(), cid.clone()]).await;
    for person in [ann(), bob, cid] {
        assert_eq!(user(store, person.id).await.as_ref(), Some(&person));
        let by_login = peeking(store).await.people().user_by_login(&person.login).await.expect("read");
        assert_eq!(by_login, Some(person));
    }
    assert_eq!(user(store, UserId::new(uuid(9))).await, None);
    assert_eq!(peeking(store).await.people().user_by_login(&login("dan")).await.expect("read"), None);
}

pub async fn a_login_is_taken_once(store: &dyn Store) {
    keep_users(store, &[person(1, "ann"), person(2, "bob")]).await;
    let twice = writing(store).await.people().insert_user(&person(3, "ann")).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))), "{twice:?}");
    let moved = writing(store).await.people().save_user(&person(2, "ann")).await;
    assert!(matches!(moved, Err(StoreError::Duplicate(_))), "{moved:?}");
    assert_eq!(user(store, person(2, "bob").id).await, Some(person(2, "bob")));
}

pub async fn saving_a_user_replaces_everything_grants_included(store: &dyn Store) {
    accounts(store).await;
    keep_users(store, &[ann()]).await;
    let mut next = person(1, "ann@new.example");
    next.grants.accounts = [(other(), Role::Admin)].into();
    for next in [next, person(1, "ann"), ann()] {
        let mut work = writing(store).await;
        work.people().save_user(&next).await.expect("saved");
        commit(work).await;
        assert_eq!(user(store, next.id).await, Some(next));
    }
    let unknown = writing(store).await.people().save_user(&person(2, "bob")).await;
    assert!(matches!(unknown, Err(StoreError::Stale)), "{unknown:?}");
}

pub async fn a_one_time_token_finds_its_user_until_it_is_taken_away(store: &dyn Store) {
    accounts(store).await;
    keep_users(store, &[ann(), person(2, "bob")]).await;
    let by = async |number| {
        peeking(store).await.people().user_by_one_time_token(hash(number)).await.expect("read")
    };
    assert_eq!(by(5).await, Some(ann()));
    assert_eq!(by(6).await, None);
    let used = User { one_time_token: None, ..ann() };
    let mut work = writing(store).await;
    work.people().save_user(&used).await.expect("saved");
    commit(work).await;
    assert_eq!(by(5).await, None);
}

pub async fn all_users_and_the_members_of_an_account_come_by_login(store: &dyn Store) {
    accounts(store).await;
    let granted = |number, login, grants: &[(AccountId, Role)]| {
        let mut user = person(number, login);
        user.grants.accounts = grants.iter().copied().collect();
        user
    };
    let zoe = granted(1, "zoe", &[(acme(), Role::Viewer)]);
    let bob = granted(2, "bob", &[(acme(), Role::Admin), (other(), Role::Viewer)]);
    let cid = granted(3, "cid", &[(other(), Role::Editor)]);
    let mut root = person(4, "root");
    root.grants.installation = true;
    keep_users(store, &[zoe.clone(), bob.clone(), cid.clone(), root.clone()]).await;
    let mut work = peeking(store).await;
    let all = [bob.clone(), cid.clone(), root, zoe.clone()];
    assert_eq!(work.people().users().await.expect("read"), all);
    let of_acme = work.people().members(acme()).await.expect("read");
    assert_eq!(of_acme, [(bob.clone(), Role::Admin), (zoe, Role::Viewer)]);
    let of_other = work.people().members(other()).await.expect("read");
    assert_eq!(of_other, [(bob, Role::Viewer), (cid, Role::Editor)]);
}

pub async fn an_api_key_reads_back_as_it_was_written(store: &dyn Store) {
    accounts(store).await;
    let full = ApiKey { expires_at: Some(at(7)), revoked_at: Some(at(8)), ..api_key(1, acme()) };
    let bare = api_key(2, acme());
    let mut work = writing(store).await;
    for key in [&full, &bare] {
        work.people().insert_api_key(key).await.expect("a new key");
    }
    commit(work).await;
    let mut work = peeking(store).await;
    for key in [&full, &bare] {
        assert_eq!(work.people().api_key(key.id).await.expect("read").as_ref(), Some(key));
        assert_eq!(work.people().api_key_by_secret(key.secret).await.expect("read").as_ref(), Some(key));
    }
    assert_eq!(work.people().api_key(ApiKeyId::new(uuid(9))).await.expect("read"), None);
    assert_eq!(work.people().api_key_by_secret(hash(9)).await.expect("read"), None);
    assert_eq!(work.people().api_keys(acme()).await.expect("read"), [bare, full], "newest first");
}

pub async fn an_api_key_is_taken_back_once_and_keeps_when(store: &dyn Store) {
    accounts(store).await;
    let key = api_key(1, acme());
    let mut work = writing(store).await;
    work.people().insert_api_key(&key).await.expect("a new key");
    commit(work).await;
    let revoke = async |number: u32, seconds| {
        let mut work = writing(store).await;
        let id = ApiKeyId::new(uuid(number));
        let done = work.people().revoke_api_key(acme(), id, at(seconds)).await.expect("asked");
        commit(work).await;
        done
    };
    assert!(revoke(1, 50).await);
    assert!(!revoke(1, 60).await);
    assert!(!revoke(9, 60).await);
    let read = peeking(store).await.people().api_key(key.id).await.expect("read");
    assert_eq!(read, Some(ApiKey { revoked_at: Some(at(50)), ..key }));
}

async fn keep_tokens(store: &dyn Store, tokens: &[RefreshToken]) {
    let mut work = writing(store).await;
    for token in tokens {
        work.people().insert_refresh_token(token).await.expect("a new token");
    }
    commit(work).await;
}

async fn kept(store: &dyn Store, number: u32) -> Option<RefreshToken> {
    peeking(store).await.people().refresh_token(hash(2_000 + number)).await.expect("read")
}

pub async fn a_refresh_token_reads_back_as_it_was_written(store: &dyn Store) {
    let full = RefreshToken {
        holder: Holder::ApiKey(ApiKeyId::new(uuid(7))),
        used_at: Some(at(3)),
        revoked_at: Some(at(4)),
        ..token(1, 1)
    };
    keep_tokens(store, &[full.clone(), token(2, 1)]).await;
    assert_eq!(kept(store, 1).await, Some(full));
    assert_eq!(kept(store, 2).await, Some(token(2, 1)));
    assert_eq!(kept(store, 3).await, None);
    let twice = writing(store).await.people().insert_refresh_token(&token(2, 1)).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))), "{twice:?}");
}

async fn use_once(store: &dyn Store, number: u32, seconds: i64) -> Result<(), StoreError> {
    let mut work = writing(store).await;
    work.people().use_refresh_token(hash(2_000 + number), at(seconds)).await?;
    work.commit().await
}

pub async fn a_refresh_token_is_used_once(store: &dyn Store) {
    keep_tokens(store, &[token(1, 1), token(2, 1)]).await;
    use_once(store, 1, 50).await.expect("the first time");
    for number in [1, 9] {
        let again = use_once(store, number, 60).await;
        assert!(matches!(again, Err(StoreError::Stale)), "{again:?}");
    }
    assert_eq!(kept(store, 1).await, Some(RefreshToken { used_at: Some(at(50)), ..token(1, 1) }));
    assert_eq!(kept(store, 2).await, Some(token(2, 1)));
}

pub async fn a_refresh_token_that_is_used_by_many_at_once_is_used_once(store: &dyn Store) {
    keep_tokens(store, &[token(1, 1)]).await;
    let used = join_all((0..6).map(|second| use_once(store, 1, 50 + second))).await;
    assert_eq!(used.iter().filter(|used| used.is_ok()).count(), 1, "{used:?}");
    assert!(used.iter().all(|used| matches!(used, Ok(()) | Err(StoreError::Stale))), "{used:?}");
}

pub async fn a_family_ends_as_a_whole_and_no_other_with_it(store: &dyn Store) {
    keep_tokens(store, &[token(1, 1), token(2, 1), token(3, 2)]).await;
    for seconds in [50, 60] {
        let mut work = writing(store).await;
        work.people().revoke_family(FamilyId::new(uuid(1)), at(seconds)).await.expect("revoked");
        commit(work).await;
    }
    for number in [1, 2] {
        let revoked = RefreshToken { revoked_at: Some(at(50)), ..token(number, 1) };
        assert_eq!(kept(store, number).await, Some(revoked), "from when it first ended");
    }
    assert_eq!(kept(store, 3).await, Some(token(3, 2)));
}

pub async fn refresh_tokens_are_forgotten_once_they_expired(store: &dyn Store) {
    keep_tokens(store, &[token(1, 1), token(2, 1), token(3, 2)]).await;
    let forget = async |seconds| {
        let mut work = writing(store).await;
        let gone = work.people().forget_refresh_tokens(at(seconds)).await.expect("swept");
        commit(work).await;
        gone
    };
    assert_eq!(forget(101).await, 0, "the first expires at that moment, not before it");
    assert_eq!(forget(103).await, 2);
    assert_eq!((kept(store, 1).await, kept(store, 2).await), (None, None));
    assert_eq!(kept(store, 3).await, Some(token(3, 2)));
}
