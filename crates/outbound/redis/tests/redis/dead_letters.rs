//! Messages that were put aside: listed, looked at, sent again once, dropped; whatever else is on the list.

use creativestore_ports::inbox::{Fault, Inbox};
use creativestore_redis::Redis;

use crate::given::{SHARED, prefix, small};
use crate::inbox::{ended, receive, seen_by, send, soon};

/// Puts messages aside, and gives what they are known by.
async fn put_aside(redis: &Redis, prefix: &str, events: &[String]) -> Vec<String> {
    let inbox = redis.inbox();
    let mut ids = Vec::new();
    for event in events {
        send(&SHARED, prefix, event);
        let letter = receive(&inbox).await;
        inbox.fail(&letter, &Fault::Lasting("no".into())).await.expect("put aside");
        ids.push(letter.id);
    }
    ids
}

#[tokio::test]
async fn one_that_is_sent_again_comes_again_as_it_was_and_is_off_the_list() {
    let prefix = prefix();
    let redis = seen_by(&SHARED, &prefix, "one", soon());
    let events = [ended("buy 1"), ended("buy \u{4e2d}"), ended("buy 3")];
    let ids = put_aside(&redis, &prefix, &events).await;
    let dead = redis.dead_letters();
    assert_eq!(dead.count().await.expect("a number"), 3);
    assert!(dead.replay(&ids[1]).await.expect("sent"));
    assert!(!dead.replay(&ids[1]).await.expect("asked"), "it is not there any more");
    let left: Vec<_> = dead.list(10).await.expect("a list").into_iter().map(|letter| letter.id).collect();
    assert_eq!(left, [ids[0].clone(), ids[2].clone()]);
    let inbox = redis.inbox();
    let letter = receive(&inbox).await;
    assert_eq!(letter.tries, 1);
    assert_ne!(letter.id, ids[1]);
    assert!(format!("{:?}", letter.message).contains('\u{4e2d}'), "{letter:?}");
    inbox.finish(&letter).await.expect("done");
}

#[tokio::test]
async fn of_many_who_send_the_same_one_again_one_does() {
    let prefix = prefix();
    let redis = seen_by(&SHARED, &prefix, "one", soon());
    let ids = put_aside(&redis, &prefix, &[ended("buy 1")]).await;
    let dead = redis.dead_letters();
    let sent = futures_util::future::join_all((0..8).map(|_| dead.replay(&ids[0]))).await;
    assert_eq!(sent.into_iter().filter(|sent| matches!(sent, Ok(true))).count(), 1);
    assert_eq!(SHARED.ask_in(1, &["XLEN", &format!("{prefix}:inbox")]).expect("a number"), "1");
}

#[tokio::test]
async fn what_is_no_dead_letter_breaks_no_list_and_can_be_dropped() {
    let prefix = prefix();
    let redis = seen_by(&SHARED, &prefix, "one", soon());
    let ids = put_aside(&redis, &prefix, &[ended("buy 1")]).await;
    let list = format!("{prefix}:dead");
    for damaged in ["", "nonsense", "{}", r#"{"id":"1-0","event":7,"reason":"","tries":1}"#, "[[[["] {
        SHARED.ask_in(1, &["RPUSH", &list, damaged]).expect("pushed");
    }
    SHARED.ask_in(1, &["EVAL", r"return redis.call('RPUSH', KEYS[1], '\255')", "1", &list]).expect("pushed");
    for _ in 0..120 {
        SHARED.ask_in(1, &["RPUSH", &list, "the same"]).expect("pushed");
    }
    let newest = put_aside(&redis, &prefix, &[ended("buy 2")]).await;
    let dead = redis.dead_letters();
    let all = dead.list(1_000).await.expect("a list");
    assert_eq!(all.len(), 128);
    assert_eq!(dead.list(3).await.expect("a list"), all[..3]);
    assert_eq!((&all[0].id, &all[127].id), (&ids[0], &newest[0]));
    assert!(dead.get(&newest[0]).await.expect("read").is_some(), "behind all the others");
    let damaged: Vec<_> = all.iter().filter(|letter| letter.id.starts_with("damaged-")).collect();
    assert_eq!(damaged.len(), 126);
    for letter in damaged {
        assert!(!dead.replay(&letter.id).await.expect("asked"), "nobody knows what it is");
        assert!(dead.drop(&letter.id).await.expect("dropped"));
    }
    assert_eq!(dead.count().await.expect("a number"), 2);
    assert!(dead.drop(&ids[0]).await.expect("dropped"));
    assert!(!dead.drop(&ids[0]).await.expect("asked"));
    assert_eq!(dead.get(&ids[0]).await.expect("read"), None);
}

#[tokio::test]
async fn one_that_cannot_be_sent_again_now_stays_on_the_list() {
    let server = small("8mb");
    let prefix = prefix();
    let redis = seen_by(&server, &prefix, "one", soon());
    let letter = r#"{"id":"1-0","event":"x","reason":"no","tries":1,"first_at":null,"last_at":null}"#;
    server.ask_in(1, &["RPUSH", &format!("{prefix}:dead"), letter]).expect("pushed");
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]).expect("set");
    let dead = redis.dead_letters();
    dead.replay("1-0").await.expect_err("it is full");
    assert_eq!(dead.count().await.expect("a number"), 1);
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]).expect("set");
    assert!(dead.replay("1-0").await.expect("sent"));
    assert_eq!(dead.count().await.expect("a number"), 0);
}
