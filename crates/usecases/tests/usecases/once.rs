//! Requests that come twice.

use creativestore_domain::access::Role;
use creativestore_domain::account::ChangePolicy;
use creativestore_domain::assignment::Weight;
use creativestore_domain::review::Decision;
use creativestore_domain::text::ExternalRef;
use creativestore_domain::time::Window;
use creativestore_usecases::{
    Caller, Failure, IdempotencyKey, accounts, api_keys, assignments, concepts, creatives, reviews, upkeep,
};
use std::time::Duration;

use crate::world::{World, create, decision_on, manifest_of, name, picture_of};

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).expect("a key")
}

#[tokio::test]
async fn a_repeated_request_has_the_same_outcome_and_is_not_done_again() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let system = Caller::system();
    let sha256 = world.upload(&caller, "image 300x250").await;
    let k = key("one");

    /// Makes the same request twice: the second outcome reads as the first, and nothing was written.
    macro_rules! twice {
        ($request:expr) => {{
            let first = $request.await.expect("done");
            assert!(!first.replayed);
            let before = world.everything().await;
            world.pass(Duration::from_secs(1));
            let second = $request.await.expect("done again");
            assert!(second.replayed);
            assert_eq!(format!("{:?}", first.value), format!("{:?}", second.value));
            assert_eq!(world.everything().await, before);
            first.value
        }};
    }
    let account = accounts::Create {
        name: name("Third"),
        brand_domain: None,
        operator: None,
        change_policy: ChangePolicy::Strict,
    };
    twice!(accounts::create(inside, &system, account.clone(), Some(&k)));
    twice!(concepts::create(inside, &caller, name("Idea"), Some(&k)));
    let k = key("two");
    let (creative, _) =
        twice!(creatives::create(inside, &caller, create("First", picture_of(sha256)), Some(&k)));
    world.work_all().await;
    let k = key("three");
    twice!(reviews::decide(inside, &caller, decision_on(creative.id, 1, Decision::Approve), Some(&k)));
    let k = key("four");
    let request = assignments::Create {
        creative: creative.id,
        package: ExternalRef::parse("package").expect("a package"),
        media_buy: None,
        weight: Weight::DEFAULT,
        flight: Window::ALWAYS,
        format: None,
    };
    twice!(assignments::create(inside, &caller, request.clone(), Some(&k)));
    let k = key("five");
    twice!(creatives::archive(inside, &caller, creative.id, None, None, Some(&k)));
    let k = key("six");
    twice!(creatives::unarchive(inside, &caller, creative.id, None, Some(&k)));
    let k = key("seven");
    let content = manifest_of(sha256, [], "https://acme.example/other");
    twice!(creatives::revise(inside, &caller, creative.id, content.clone(), Some(&k)));
    world.work_all().await;
    world.decide(&caller, creative.id, 2, Decision::Reject).await;
    let k = key("eight");
    let unstaged = creatives::archive(inside, &caller, creative.id, None, None, None).await.expect("away");
    creatives::unarchive(inside, &caller, unstaged.value.id, None, None).await.expect("out");
    twice!(creatives::resubmit(inside, &caller, creative.id, None, Some(&k)));
}

#[tokio::test]
async fn a_repeated_request_for_a_key_does_not_show_the_secret_again() {
    let world = World::new().await;
    let request = api_keys::Create { name: name("Key"), role: Role::Editor, expires_at: None };
    let k = key("one");
    let first =
        api_keys::create(&world.inside, &world.acme(), request.clone(), Some(&k)).await.expect("a key");
    let second = api_keys::create(&world.inside, &world.acme(), request, Some(&k)).await.expect("a key");
    assert!(first.value.secret.is_some() && second.value.secret.is_none() && second.replayed);
    assert_eq!(first.value.key, second.value.key);
    let secret = first.value.secret.expect("shown once");
    let kept = format!("{:?}", world.everything().await);
    assert!(!kept.contains(&secret), "the secret is kept nowhere");
}

#[tokio::test]
async fn invariant_5_same_key_other_body_is_a_conflict() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let sha256 = world.upload(&caller, "image 300x250").await;
    let k = key("one");
    let (creative, _) = creatives::create(inside, &caller, create("First", picture_of(sha256)), Some(&k))
        .await
        .expect("a creative")
        .value;
    let before = world.everything().await;
    let other_body = creatives::create(inside, &caller, create("Second", picture_of(sha256)), Some(&k)).await;
    assert!(matches!(other_body, Err(Failure::KeyReused)));
    let other_verb = concepts::create(inside, &caller, name("First"), Some(&k)).await;
    assert!(matches!(other_verb, Err(Failure::KeyReused)));
    let other_step = creatives::archive(inside, &caller, creative.id, None, None, Some(&k)).await;
    assert!(matches!(other_step, Err(Failure::KeyReused)));
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn a_refused_request_does_not_use_its_key_up() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let creative = world.creative(&caller, "image 300x250").await;
    let k = key("one");
    let early =
        reviews::decide(inside, &caller, decision_on(creative.id, 1, Decision::Approve), Some(&k)).await;
    assert!(matches!(early, Err(Failure::Refused(_))));
    world.work_all().await;
    let done =
        reviews::decide(inside, &caller, decision_on(creative.id, 1, Decision::Approve), Some(&k)).await;
    assert!(!done.expect("decided").replayed);
}

#[tokio::test]
async fn a_key_is_free_again_after_a_day() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let k = key("one");
    concepts::create(inside, &caller, name("First"), Some(&k)).await.expect("a concept");
    world.pass(Duration::from_hours(23));
    assert_eq!(upkeep::sweep(inside).await.expect("swept").outcomes, 0);
    world.pass(Duration::from_secs(3601));
    assert_eq!(upkeep::sweep(inside).await.expect("swept").outcomes, 1);
    concepts::create(inside, &caller, name("Second"), Some(&k)).await.expect("another concept");
}

#[tokio::test]
async fn keys_of_two_callers_are_two_keys() {
    let world = World::new().await;
    let k = key("one");
    let mine =
        concepts::create(&world.inside, &world.acme(), name("First"), Some(&k)).await.expect("a concept");
    let mut somebody_else = world.acme();
    somebody_else.actor = creativestore_domain::access::Actor::System;
    let theirs = concepts::create(&world.inside, &somebody_else, name("First"), Some(&k)).await;
    assert_ne!(mine.value.id, theirs.expect("another concept").value.id);
}
