//! What consumers find in Redis: the names, the JSON, each event once and in order, whoever tells it how often.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use creativestore_ports::bus::Bus;
use creativestore_redis::Redis;
use creativestore_tests::servers::free_port;
use creativestore_tests::servers::redis as servers;

use crate::bus::{elsewhere, following_in};
use crate::given::{SHARED, bounds, event, events, prefix, redis, settings, start, until};

fn places(server: &servers::Redis, prefix: &str) -> Vec<String> {
    let said = server.ask_in(1, &["XRANGE", &format!("{prefix}:events"), "-", "+"]).expect("a stream");
    let places = said.lines().filter(|line| line.ends_with("-0") && !line.contains('{'));
    places.map(|line| line.trim_end_matches("-0").to_owned()).collect()
}

#[tokio::test]
async fn an_event_is_in_the_stream_and_on_the_channel_of_its_type() {
    let server = start();
    let prefix = "yldm:creativestore";
    let channel = format!("{prefix}:creative.created");
    let mut subscriber =
        server.cli().args(["SUBSCRIBE", &channel]).stdout(Stdio::piped()).spawn().expect("redis-cli");
    let mut said = BufReader::new(subscriber.stdout.take().expect("what it says")).lines();
    assert_eq!(said.nth(2).expect("a line").expect("a text"), "1", "it has subscribed");
    let told = event(7, 1);
    redis(server.port, prefix).bus(8).publish(std::slice::from_ref(&told)).await.expect("told");
    let json = creativestore_wire::cloud_event(&told).to_string();
    let heard: Vec<String> = said.by_ref().take(3).map(|line| line.expect("a text")).collect();
    assert_eq!(heard, ["message", &channel, &json]);
    subscriber.kill().expect("it ends");
    subscriber.wait().expect("it ends");
    let kept = server.ask_in(1, &["XRANGE", "yldm:creativestore:events", "-", "+"]).expect("a stream");
    assert_eq!(kept.lines().collect::<Vec<_>>(), ["7-0", "event", &json]);
}

#[tokio::test]
async fn a_batch_that_is_told_again_is_in_the_stream_once() {
    let prefix = prefix();
    let bus = redis(SHARED.port, &prefix).bus(8);
    bus.publish(&events([1, 2])).await.expect("told");
    bus.publish(&events([1, 2, 3])).await.expect("told again");
    bus.publish(&events([2, 3, 5])).await.expect("told again");
    assert_eq!(places(&SHARED, &prefix), ["1", "2", "3", "5"]);
}

#[tokio::test]
async fn a_relay_that_comes_late_adds_nothing() {
    let prefix = prefix();
    let (late, quick) = (redis(SHARED.port, &prefix).bus(8), redis(SHARED.port, &prefix).bus(8));
    quick.publish(&events(1..=20)).await.expect("told");
    late.publish(&events(1..=10)).await.expect("it is there");
    assert_eq!(places(&SHARED, &prefix), (1..=20).map(|n| n.to_string()).collect::<Vec<_>>());
    // It has what nobody told before the others went on.
    let error = late.publish(&events([0])).await.expect_err("no place for it");
    assert!(!error.0.is_empty());
}

#[tokio::test]
async fn another_history_is_an_error_that_says_what_to_do() {
    let prefix = prefix();
    let it = redis(SHARED.port, &prefix);
    let bus = it.bus(8);
    bus.publish(&events([1, 2, 3, 9])).await.expect("told");
    // The database was restored: other events have these places now.
    for place in [2, 4, 9] {
        let error = bus.publish(&[event(place, 2)]).await.expect_err("another history");
        assert!(error.0.contains(&format!("DEL {prefix}:events")), "{error}");
    }
    let restored = [event(8, 2), event(9, 2), event(10, 2), event(11, 2)];
    bus.publish(&restored).await.expect_err("another history");
    assert_eq!(
        places(&SHARED, &prefix),
        ["1", "2", "3", "9"],
        "nothing is changed, and nothing added behind it"
    );
    assert!(it.problem().is_some_and(|problem| problem.contains("another history")), "health knows");
    SHARED.ask_in(1, &["DEL", &format!("{prefix}:events")]).expect("deleted");
    bus.publish(&[event(2, 2), event(4, 2)]).await.expect("told");
    assert_eq!(it.problem(), None);
    assert_eq!(places(&SHARED, &prefix), ["2", "4"]);
}

#[tokio::test]
async fn something_else_under_the_name_of_the_stream_is_an_error_that_says_what_to_do() {
    let prefix = prefix();
    let it = redis(SHARED.port, &prefix);
    let bus = it.bus(8);
    SHARED.ask_in(1, &["SET", &format!("{prefix}:events"), "a text"]).expect("set");
    let error = bus.publish(&events([1])).await.expect_err("no stream");
    assert!(error.0.contains("is no stream") && it.problem().is_some(), "{error}");
    SHARED.ask_in(1, &["DEL", &format!("{prefix}:events")]).expect("deleted");
    bus.publish(&events([1])).await.expect("told");
    assert_eq!(it.problem(), None);
}

#[tokio::test]
async fn the_stream_begins_again_after_everything_was_deleted() {
    let (server, prefix) = (start(), prefix());
    let bus = redis(server.port, &prefix).bus(8);
    bus.publish(&events([1, 2])).await.expect("told");
    server.ask(&["FLUSHALL"]).expect("emptied");
    server.ask(&["SCRIPT", "FLUSH"]).expect("emptied");
    bus.publish(&events([3, 4])).await.expect("told");
    assert_eq!(places(&server, &prefix), ["3", "4"]);
}

#[tokio::test]
async fn the_stream_holds_what_it_should_and_not_much_more() {
    let prefix = prefix();
    let mut few = settings(SHARED.port, &prefix);
    few.kept = 1_000;
    let bus = Redis::bounded(few, bounds()).expect("settings").bus(8);
    for batch in 0..20 {
        bus.publish(&events(batch * 100 + 1..=batch * 100 + 100)).await.expect("told");
    }
    let places = places(&SHARED, &prefix);
    assert!((1_000..1_300).contains(&places.len()), "{}", places.len());
    assert_eq!(places.last().map(String::as_str), Some("2000"));
}

#[tokio::test]
async fn it_is_reached_with_a_password_in_tls_and_not_without() {
    let password = "a password for tests";
    let options = servers::Options { password: Some(password.into()), tls: true, memory: None };
    let server = servers::Redis::start_with(free_port().expect("a port"), options).expect("Redis starts");
    let prefix = prefix();
    let with = |password: Option<&str>, trusting: bool| {
        let mut settings = settings(server.port, &prefix);
        settings.tls = true;
        settings.host = "localhost".into();
        settings.password = password.map(Into::into);
        settings.ca = trusting.then(|| server.certificate());
        assert!(!format!("{settings:?}").contains("a password"));
        Redis::bounded(settings, bounds()).expect("settings")
    };
    let other = following_in(&with(Some(password), true)).await;
    let mut heard = other.listen();
    with(Some(password), true).bus(8).publish(&events([1])).await.expect("told");
    assert_eq!(elsewhere(&mut heard).await, 1);
    for (password, trusting) in [(Some("wrong"), true), (None, true), (Some(password), false)] {
        let it = with(password, trusting);
        let bus = it.bus(8);
        let problem = until("a problem", async || {
            bus.publish(&events([2])).await.expect_err("it is not let in");
            it.problem()
        })
        .await;
        assert!(!problem.contains("wrong") && !problem.contains("a password"), "{problem}");
    }
    let mut nowhere = settings(server.port, &prefix);
    (nowhere.tls, nowhere.ca) = (true, Some("/no/such/file".into()));
    assert!(Redis::new(nowhere).is_err_and(|error| error.to_string().contains("/no/such/file")));
}
