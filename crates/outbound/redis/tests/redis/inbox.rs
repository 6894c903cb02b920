//! Messages for us: each to one process at a time, again after a failure, put aside in the end, whatever they hold and
//! whatever becomes of Redis.

use std::time::{Duration, Instant};

use creativestore_domain::text::ExternalRef;
use creativestore_ports::inbox::{Fate, Fault, Inbox, Letter, Message};
use creativestore_redis::{Bounds, Redis, RedisInbox};
use creativestore_tests::servers::redis as servers;
use rustix::process::Signal;
use serde_json::json;

use crate::given::{PATIENCE, SHARED, account, bounds, prefix, settings, start, until};

/// A Redis as `instance` sees it.
pub fn seen_by(server: &servers::Redis, prefix: &str, instance: &str, bounds: Bounds) -> Redis {
    let mut settings = settings(server.port, prefix);
    settings.instance = instance.into();
    Redis::bounded(settings, bounds).expect("settings")
}

/// What failed comes again soon, and nobody is thought dead.
pub fn soon() -> Bounds {
    Bounds { again: Duration::from_millis(5), ..bounds() }
}

/// Nothing that failed comes again while a test runs, and nobody is thought dead.
fn never() -> Bounds {
    Bounds { again: PATIENCE * 4, away: PATIENCE * 4, ..bounds() }
}

pub fn ended(media_buy: &str) -> String {
    json!({
        "specversion": "1.0", "id": media_buy, "source": "/buying", "type": "media_buy.ended",
        "data": { "account": account(1).to_string(), "media_buy": media_buy },
    })
    .to_string()
}

/// Sends a message, and gives what it is known by.
pub fn send(server: &servers::Redis, prefix: &str, event: &str) -> String {
    server.ask_in(1, &["XADD", &format!("{prefix}:inbox"), "*", "event", event]).expect("sent")
}

pub async fn receive(inbox: &RedisInbox) -> Letter {
    let mut letters = until("a letter", async || {
        Some(inbox.receive().await.expect("it answers")).filter(|letters| !letters.is_empty())
    })
    .await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    letters.remove(0)
}

fn says(media_buy: &str) -> Message {
    let media_buy = ExternalRef::parse(media_buy).expect("a reference");
    Message::MediaBuyEnded { account: account(1), media_buy }
}

fn passing() -> Fault {
    Fault::Passing("the store is away".into())
}

fn in_stream(server: &servers::Redis, prefix: &str) -> String {
    server.ask_in(1, &["XLEN", &format!("{prefix}:inbox")]).expect("a number")
}

#[tokio::test]
async fn a_message_from_before_anybody_listened_is_received_and_does_not_come_again_once_it_is_done() {
    let prefix = prefix();
    let id = send(&SHARED, &prefix, &ended("buy 1"));
    let inbox = seen_by(&SHARED, &prefix, "one", soon()).inbox();
    let letter = receive(&inbox).await;
    assert_eq!(letter.id, id);
    assert_eq!((letter.tries, letter.message.clone()), (1, Ok(says("buy 1"))));
    inbox.finish(&letter).await.expect("done");
    assert_eq!(in_stream(&SHARED, &prefix), "0");
    let groups = SHARED.ask_in(1, &["XINFO", "GROUPS", &format!("{prefix}:inbox")]).expect("groups");
    let mut lines = groups.lines().map(str::trim);
    assert!(lines.any(|line| line == "creativestore"), "{groups}");
    assert!(inbox.receive().await.expect("nothing").is_empty(), "it waits a moment, and gives nothing");
}

#[tokio::test]
async fn each_message_goes_to_one_process_and_stays_with_it_while_it_is_at_work() {
    let prefix = prefix();
    let (one, two) =
        (seen_by(&SHARED, &prefix, "one", soon()).inbox(), seen_by(&SHARED, &prefix, "two", soon()).inbox());
    for number in 0..40 {
        send(&SHARED, &prefix, &ended(&format!("buy {number}")));
    }
    let mut ids = Vec::new();
    for inbox in [&one, &two, &one] {
        ids.extend(inbox.receive().await.expect("letters").into_iter().map(|letter| letter.id));
    }
    assert_eq!(ids.len(), 40);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 40, "none of them twice");
    assert!(two.receive().await.expect("nothing").is_empty());
}

#[tokio::test]
async fn what_failed_comes_again_later_with_one_more_try_and_is_put_aside_after_the_last() {
    let prefix = prefix();
    let redis = seen_by(&SHARED, &prefix, "one", soon());
    let (inbox, id) = (redis.inbox(), send(&SHARED, &prefix, &ended("buy 1")));
    for tries in 1..=3 {
        let letter = receive(&inbox).await;
        assert_eq!((&letter.id, letter.tries), (&id, tries));
        let fate = inbox.fail(&letter, &passing()).await.expect("it is noted");
        assert_eq!(fate, if tries < 3 { Fate::Again } else { Fate::Dead });
    }
    assert_eq!(in_stream(&SHARED, &prefix), "0");
    let dead = redis.dead_letters().get(&id).await.expect("read").expect("it is there");
    assert_eq!(dead.event, Some(ended("buy 1")));
    assert_eq!((dead.reason.as_str(), dead.tries), ("the store is away", 3));
    let (first, last) = (dead.first_at.expect("known"), dead.last_at.expect("known"));
    assert!(first <= last && last.since(first) < PATIENCE, "{first:?} {last:?}");
    assert!(id.starts_with(&(first.micros() / 1_000).to_string()));
    let kept = SHARED.ask_in(1, &["LRANGE", &format!("{prefix}:dead"), "0", "-1"]).expect("a list");
    let kept: serde_json::Value = serde_json::from_str(&kept).expect("JSON");
    assert_eq!(kept["id"], id);
    assert!(kept["first_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{kept}");
}

#[tokio::test]
async fn what_failed_stays_away_for_its_time_and_keeps_nothing_else_back() {
    let prefix = prefix();
    let inbox = seen_by(&SHARED, &prefix, "one", never()).inbox();
    send(&SHARED, &prefix, &ended("buy 1"));
    let letter = receive(&inbox).await;
    assert_eq!(inbox.fail(&letter, &passing()).await.expect("noted"), Fate::Again);
    assert!(inbox.receive().await.expect("nothing").is_empty());
    send(&SHARED, &prefix, &ended("buy 2"));
    assert_eq!(receive(&inbox).await.message, Ok(says("buy 2")));
}

#[tokio::test]
async fn another_process_takes_over_what_one_that_died_had() {
    let prefix = prefix();
    let id = send(&SHARED, &prefix, &ended("buy 1"));
    let died = receive(&seen_by(&SHARED, &prefix, "one", soon()).inbox()).await;
    assert_eq!((died.id, died.tries), (id.clone(), 1));
    let quick = Bounds { held: Duration::from_millis(5), ..soon() };
    let inbox = seen_by(&SHARED, &prefix, "two", quick).inbox();
    let letter = receive(&inbox).await;
    assert_eq!((letter.id.as_str(), letter.tries), (id.as_str(), 2));
    inbox.finish(&letter).await.expect("done");
    assert_eq!(in_stream(&SHARED, &prefix), "0");
}

#[tokio::test]
async fn what_nobody_can_read_is_put_aside_at_once_and_stops_nothing_else() {
    let (server, prefix) = (start(), prefix());
    let redis = seen_by(&server, &prefix, "one", soon());
    let inbox = redis.inbox();
    let stream = format!("{prefix}:inbox");
    send(&server, &prefix, &ended("buy 1"));
    server.ask_in(1, &["XADD", &stream, "*", "something", "else"]).expect("sent");
    for (made, how) in [
        (r"'\255\254\0'", 1),
        ("'\"'", 1),
        ("'['", 100_000),
        ("'{\"a\":'", 10_000),
        ("' '", 70_000),
        ("''", 1),
    ] {
        let program = format!("return redis.call('XADD', KEYS[1], '*', 'event', string.rep({made}, {how}))");
        server.ask_in(1, &["EVAL", &program, "1", &stream]).expect("sent");
    }
    send(&server, &prefix, &ended("buy 2"));
    let (mut read, mut dead) = (Vec::new(), 0);
    while read.len() + dead < 9 {
        for letter in inbox.receive().await.expect("letters") {
            match &letter.message {
                Ok(message) => {
                    read.push(message.clone());
                    inbox.finish(&letter).await.expect("done");
                }
                Err(why) => {
                    let fate = inbox.fail(&letter, &Fault::Lasting(why.clone())).await.expect("put aside");
                    assert_eq!(fate, Fate::Dead);
                    dead += 1;
                }
            }
        }
    }
    assert_eq!(read, [says("buy 1"), says("buy 2")]);
    assert_eq!((dead, in_stream(&server, &prefix).as_str()), (7, "0"));
    let list = redis.dead_letters().list(100).await.expect("a list");
    assert_eq!(list.len(), 7);
    assert_eq!(list[0].event, None);
    assert_eq!(list[1].event.as_deref(), Some("\u{fffd}\u{fffd}\0"));
    assert!(list.iter().all(|letter| !letter.id.starts_with("damaged") && letter.tries == 1));
}

#[tokio::test]
async fn a_message_stays_where_it_is_when_it_cannot_be_put_aside() {
    let prefix = prefix();
    let inbox = seen_by(&SHARED, &prefix, "one", soon()).inbox();
    send(&SHARED, &prefix, "nonsense");
    let letter = receive(&inbox).await;
    SHARED.ask_in(1, &["SET", &format!("{prefix}:dead"), "no list"]).expect("set");
    inbox.fail(&letter, &Fault::Lasting("no".into())).await.expect_err("there is no list");
    assert_eq!(in_stream(&SHARED, &prefix), "1", "it is not lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_went_away_or_was_emptied_is_used_again_once_it_is_back() {
    let (server, prefix) = (start(), prefix());
    let port = server.port;
    let inbox = seen_by(&server, &prefix, "one", soon()).inbox();
    send(&server, &prefix, &ended("buy 1"));
    let letter = receive(&inbox).await;
    server.ask(&["FLUSHALL"]).expect("emptied");
    inbox.finish(&letter).await.expect("it is gone all the same");
    assert_eq!(inbox.fail(&letter, &passing()).await.expect("gone as well"), Fate::Again);
    send(&server, &prefix, &ended("buy 2"));
    assert_eq!(receive(&inbox).await.message, Ok(says("buy 2")));

    server.running().signal(Signal::STOP).expect("stopped");
    for _ in 0..4 {
        let begun = Instant::now();
        inbox.receive().await.expect_err("no answer");
        assert!(begun.elapsed() < PATIENCE / 4, "{:?}", begun.elapsed());
    }
    server.running().signal(Signal::CONT).expect("goes on");
    until("it answers", async || inbox.receive().await.ok()).await;

    drop(server);
    until("it is noticed", async || inbox.receive().await.err()).await;
    let server = servers::Redis::start_on(port).expect("Redis starts");
    until("it answers", async || inbox.receive().await.ok()).await;
    send(&server, &prefix, &ended("buy 3"));
    let letter = receive(&inbox).await;
    assert_eq!(letter.message, Ok(says("buy 3")));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_waiting_loses_no_message() {
    let (server, prefix) = (start(), prefix());
    let quick = Bounds { held: Duration::from_millis(5), ..soon() };
    let inbox = seen_by(&server, &prefix, "one", quick).inbox();
    inbox.receive().await.expect("nothing");
    for number in 0..10 {
        let waiting = tokio::time::timeout(Duration::from_millis(20), inbox.receive()).await;
        assert!(waiting.is_err(), "nothing came");
        send(&server, &prefix, &ended(&format!("buy {number}")));
        let letter = receive(&inbox).await;
        assert_eq!(letter.message, Ok(says(&format!("buy {number}"))));
        inbox.finish(&letter).await.expect("done");
    }
}
