//! Signing in, staying signed in, and being recognised.

use std::time::Duration;

use creativestore_domain::access::{Actor, Grants, Role};
use creativestore_domain::text::Login;
use creativestore_ports::journal::Origin;
use creativestore_usecases::sessions::{self, Credentials, Session};
use creativestore_usecases::{Caller, Failure, Unauthenticated, accounts, api_keys, users};

use crate::world::{World, name};

const PASSWORD: &str = "correct horse battery staple";

fn login(text: &str) -> Login {
    Login::parse(text).expect("a login")
}

fn origin() -> Origin {
    Origin::default()
}

/// A user with a password and a role in Acme.
async fn ann(world: &World) -> Session {
    let grants = Grants { installation: false, accounts: [(world.acme, Role::Editor)].into() };
    let request = users::Create { login: login("Ann@Acme.example"), name: name("Ann"), grants };
    let made = users::create(&world.inside, &Caller::system(), request).await.expect("a user");
    let first = sign_in(world, Credentials::OneTimeToken(made.one_time_token)).await.expect("signed in");
    let caller = authenticate(world, &first.access_token).await.expect("known");
    users::set_own_password(&world.inside, &caller, PASSWORD).await.expect("a password");
    first
}

async fn sign_in(world: &World, credentials: Credentials) -> Result<Session, Failure> {
    sessions::sign_in(&world.inside, &origin(), credentials).await
}

async fn authenticate(world: &World, credential: &str) -> Result<Caller, Failure> {
    sessions::authenticate(&world.inside, credential, origin()).await
}

fn password(login_text: &str, password: &str) -> Credentials {
    Credentials::Password { login: login(login_text), password: password.to_owned() }
}

fn denied<T>(outcome: Result<T, Failure>) -> Unauthenticated {
    match outcome {
        Err(Failure::Unauthenticated(why)) => why,
        Err(other) => panic!("another failure: {other:?}"),
        Ok(_) => panic!("let in"),
    }
}

async fn audited(world: &World, action: &str) -> usize {
    world.everything().await["audit"].iter().filter(|line| line.contains(action)).count()
}

#[tokio::test]
async fn a_password_signs_in_whatever_the_case_of_the_login() {
    let world = World::new().await;
    ann(&world).await;
    let session = sign_in(&world, password("ANN@acme.example", PASSWORD)).await.expect("signed in");
    let caller = authenticate(&world, &session.access_token).await.expect("known");
    assert_eq!(caller.grants.accounts, [(world.acme, Role::Editor)].into());
    let me = sessions::me(&world.inside, &caller).await.expect("somebody");
    assert_eq!((me.actor, me.name), (caller.actor, name("Ann")));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_login_are_told_the_same() {
    let world = World::new().await;
    ann(&world).await;
    let wrong = denied(sign_in(&world, password("ann@acme.example", "wrong horse battery")).await);
    assert_eq!(audited(&world, "session.refused").await, 1, "what is tried on a known user is on record");
    let unknown = denied(sign_in(&world, password("bob@acme.example", PASSWORD)).await);
    assert_eq!((wrong, unknown), (Unauthenticated::Credentials, Unauthenticated::Credentials));
}

#[tokio::test]
async fn a_one_time_token_signs_in_once() {
    let world = World::new().await;
    ann(&world).await;
    let system = Caller::system();
    let old = users::invite(&world.inside, &system, &login("ann@acme.example")).await.expect("a token");
    let new = users::invite(&world.inside, &system, &login("ann@acme.example")).await.expect("a token");
    denied(sign_in(&world, Credentials::OneTimeToken(old)).await);
    sign_in(&world, Credentials::OneTimeToken(new.clone())).await.expect("signed in");
    denied(sign_in(&world, Credentials::OneTimeToken(new)).await);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_second_use_ends_the_whole_family() {
    let world = World::new().await;
    let first = ann(&world).await;
    let refresh = async |token: &str| sessions::refresh(&world.inside, &origin(), token).await;
    let second = refresh(&first.refresh_token).await.expect("refreshed");
    let other = sign_in(&world, password("ann@acme.example", PASSWORD)).await.expect("signed in");
    assert_eq!(denied(refresh(&first.refresh_token).await), Unauthenticated::Reused);
    denied(refresh(&second.refresh_token).await);
    assert_eq!(audited(&world, "session.reuse_detected").await, 1);
    refresh(&other.refresh_token).await.expect("another sign-in is not touched");
}

#[tokio::test]
async fn a_session_that_was_ended_is_not_refreshed() {
    let world = World::new().await;
    let session = ann(&world).await;
    sessions::revoke(&world.inside, &origin(), &session.refresh_token).await.expect("ended");
    denied(sessions::refresh(&world.inside, &origin(), &session.refresh_token).await);
    sessions::revoke(&world.inside, &origin(), "cs_rt_of_nobody").await.expect("nothing to end");
}

#[tokio::test]
async fn tokens_end_with_their_time() {
    let world = World::new().await;
    let session = ann(&world).await;
    world.pass(world.inside.settings.access_ttl.saturating_sub(Duration::from_secs(1)));
    authenticate(&world, &session.access_token).await.expect("known");
    world.pass(Duration::from_secs(2));
    assert_eq!(denied(authenticate(&world, &session.access_token).await), Unauthenticated::TokenExpired);
    world.pass(world.inside.settings.refresh_ttl);
    denied(sessions::refresh(&world.inside, &origin(), &session.refresh_token).await);
}

#[tokio::test]
async fn who_was_locked_out_is_out_at_once() {
    let world = World::new().await;
    let session = ann(&world).await;
    authenticate(&world, &session.access_token).await.expect("known");
    users::disable(&world.inside, &Caller::system(), &login("ann@acme.example")).await.expect("locked out");
    denied(authenticate(&world, &session.access_token).await);
    denied(sessions::refresh(&world.inside, &origin(), &session.refresh_token).await);
    denied(sign_in(&world, password("ann@acme.example", PASSWORD)).await);
}

#[tokio::test]
async fn a_grant_holds_from_the_next_request_on() {
    let world = World::new().await;
    let session = ann(&world).await;
    authenticate(&world, &session.access_token).await.expect("known");
    let other = world.other();
    let request =
        accounts::AddMember { login: login("ann@acme.example"), name: name("Ann"), role: Role::Viewer };
    accounts::add_member(&world.inside, &other, request).await.expect("added");
    let caller = authenticate(&world, &session.access_token).await.expect("known");
    assert_eq!(caller.grants.accounts.get(&world.other), Some(&Role::Viewer));
    assert_eq!(audited(&world, "member.added").await, 1);
}

#[tokio::test]
async fn an_api_key_is_for_one_account_until_it_expires_or_is_taken_back() {
    let world = World::new().await;
    let make = async |expires_at| {
        let request = api_keys::Create { name: name("Key"), role: Role::Editor, expires_at };
        api_keys::create(&world.inside, &world.acme(), request, None).await.expect("a key").value
    };
    let hour = world.inside.clock.now().plus(Duration::from_hours(1));
    let (lasting, short) = (make(None).await, make(Some(hour)).await);
    let secret = lasting.secret.expect("shown once");
    let caller = authenticate(&world, &secret).await.expect("known");
    assert_eq!(caller.actor, Actor::ApiKey(lasting.key.id));
    assert_eq!(caller.grants.accounts, [(world.acme, Role::Editor)].into());
    let foreign = Caller { named: Some(world.other), ..caller };
    let told = accounts::get(&world.inside, &foreign).await;
    assert!(matches!(told, Err(Failure::NotFound("account"))));

    let short = short.secret.expect("shown once");
    authenticate(&world, &short).await.expect("known");
    world.pass(Duration::from_hours(1));
    denied(authenticate(&world, &short).await);
    denied(sign_in(&world, Credentials::ApiKey(short)).await);

    let session = sign_in(&world, Credentials::ApiKey(secret.clone())).await.expect("a session");
    authenticate(&world, &session.access_token).await.expect("known");
    api_keys::revoke(&world.inside, &world.acme(), lasting.key.id).await.expect("taken back");
    denied(authenticate(&world, &secret).await);
    denied(authenticate(&world, &session.access_token).await);
    denied(sessions::refresh(&world.inside, &origin(), &session.refresh_token).await);
    assert_eq!(audited(&world, "api_key.created").await, 2);
    assert_eq!(audited(&world, "api_key.revoked").await, 1);
}

#[tokio::test]
async fn what_is_none_of_ours_lets_nobody_in() {
    let world = World::new().await;
    ann(&world).await;
    for credential in ["", "x", "a.b.c", "cs_key_", "cs_key_0000", "Bearer"] {
        denied(authenticate(&world, credential).await);
    }
    for token in ["", "cs_rt_", "cs_ott_"] {
        denied(sessions::refresh(&world.inside, &origin(), token).await);
        denied(sign_in(&world, Credentials::OneTimeToken(token.to_owned())).await);
        denied(sign_in(&world, Credentials::ApiKey(token.to_owned())).await);
    }
}

#[tokio::test]
async fn secrets_are_kept_as_hashes_only() {
    let world = World::new().await;
    let session = ann(&world).await;
    let kept = format!("{:?}", world.everything().await);
    for secret in [&session.refresh_token, &session.access_token, &PASSWORD.to_owned()] {
        assert!(!kept.contains(secret.as_str()));
    }
}
