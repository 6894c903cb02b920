//! What other services tell us.

use std::sync::Mutex;

use async_trait::async_trait;
use creativestore_domain::assignment::Weight;
use creativestore_domain::id::{AccountId, CreativeId};
use creativestore_domain::text::ExternalRef;
use creativestore_domain::time::Window;
use creativestore_ports::bus::BusError;
use creativestore_ports::creatives::AssignmentFilter;
use creativestore_ports::inbox::{Fate, Fault, Inbox, Letter, Message};
use creativestore_usecases::inbox::Handled;
use creativestore_usecases::{assignments, inbox};
use uuid::Uuid;

use crate::world::{World, first_page};

/// An inbox with these letters, and what became of each.
#[derive(Default)]
struct Tray {
    letters: Mutex<Vec<Letter>>,
    told: Mutex<Vec<(String, Option<Fault>)>>,
}

#[async_trait]
impl Inbox for Tray {
    async fn receive(&self) -> Result<Vec<Letter>, BusError> {
        Ok(std::mem::take(&mut *self.letters.lock().expect("not poisoned")))
    }

    async fn finish(&self, letter: &Letter) -> Result<(), BusError> {
        self.told.lock().expect("not poisoned").push((letter.id.clone(), None));
        Ok(())
    }

    async fn fail(&self, letter: &Letter, fault: &Fault) -> Result<Fate, BusError> {
        self.told.lock().expect("not poisoned").push((letter.id.clone(), Some(fault.clone())));
        Ok(if matches!(fault, Fault::Lasting(_)) { Fate::Dead } else { Fate::Again })
    }
}

fn tray<const N: usize>(messages: [Result<Message, String>; N]) -> Tray {
    let letter = |(n, message)| Letter { id: format!("{n}-0"), tries: 1, message };
    Tray { letters: Mutex::new((1..).zip(messages).map(letter).collect()), ..Tray::default() }
}

fn buy(name: &str) -> ExternalRef {
    ExternalRef::parse(name).expect("a reference")
}

#[expect(clippy::unnecessary_wraps, reason = "as a letter holds it")]
fn ended(account: AccountId, name: &str) -> Result<Message, String> {
    Ok(Message::MediaBuyEnded { account, media_buy: buy(name) })
}

async fn use_in(world: &World, creative: CreativeId, package: &str, media_buy: &str) {
    let request = assignments::Create {
        creative,
        package: buy(package),
        media_buy: Some(buy(media_buy)),
        weight: Weight::DEFAULT,
        flight: Window::ALWAYS,
        format: None,
    };
    assignments::create(&world.inside, &world.acme(), request, None).await.expect("in use");
}

async fn in_use(world: &World) -> Vec<String> {
    let filter = AssignmentFilter { in_use: true, ..AssignmentFilter::default() };
    let page = assignments::list(&world.inside, &world.acme(), &filter, &first_page()).await.expect("a page");
    page.items.into_iter().map(|it| it.package.to_string()).collect()
}

#[tokio::test]
async fn what_is_in_use_in_a_media_buy_that_ended_is_so_no_longer() {
    let world = World::new().await;
    let creative = world.approved(&world.acme(), "image 300x250").await;
    for number in 0..60 {
        use_in(&world, creative.id, &format!("package {number}"), "over").await;
    }
    use_in(&world, creative.id, "stays", "goes on").await;
    let before = world.count("events").await;
    let given = tray([ended(world.acme, "over"), ended(world.other, "goes on")]);
    let handled = inbox::work(&world.inside, &given).await.expect("worked");
    assert_eq!(handled, Handled { done: 2, ..Handled::default() });
    assert_eq!(in_use(&world).await, ["stays"], "another account's media buy is another one");
    assert_eq!(world.count("events").await, before + 60);
    // The same message a second time does no harm.
    let handled = inbox::work(&world.inside, &tray([ended(world.acme, "over")])).await.expect("worked");
    assert_eq!((handled.done, world.count("events").await), (1, before + 60));
}

#[tokio::test]
async fn what_can_never_succeed_is_put_aside_and_the_others_are_done() {
    let world = World::new().await;
    let unknown = AccountId::new(Uuid::from_u128(9));
    let given = tray([Err("no JSON".into()), ended(unknown, "buy"), ended(world.acme, "buy")]);
    let handled = inbox::work(&world.inside, &given).await.expect("worked");
    assert_eq!(handled, Handled { done: 1, again: 0, dead: 2 });
    let told = given.told.into_inner().expect("not poisoned");
    assert_eq!(told[0].1, Some(Fault::Lasting("no JSON".into())));
    assert!(matches!(&told[1].1, Some(Fault::Lasting(why)) if why.contains(&unknown.to_string())));
    assert_eq!(told[2].1, None);
}

#[tokio::test]
async fn what_fails_because_the_store_is_away_comes_again() {
    let world = World::new().await;
    let raw = world.raw().await;
    sqlx::query("ALTER TABLE accounts RENAME TO elsewhere").execute(&raw).await.expect("renamed");
    let given = tray([ended(world.acme, "buy")]);
    let handled = inbox::work(&world.inside, &given).await.expect("worked");
    assert_eq!(handled, Handled { again: 1, ..Handled::default() });
    assert!(matches!(&given.told.into_inner().expect("told")[0].1, Some(Fault::Passing(_))));
}
