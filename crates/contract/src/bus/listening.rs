//! Telling and hearing.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use std::pin::Pin;

use creativestore_ports::bus::{Bus, Signal};
use creativestore_ports::journal::Published;
use futures_util::{Stream, StreamExt};

use super::MOST_ROOM;
use crate::given::published;

type Listener = Pin<Box<dyn Stream<Item = Signal> + Send>>;

async fn tell(bus: &dyn Bus, positions: impl IntoIterator<Item = u32>) {
    for position in positions {
        bus.publish(&[published(position)]).await.expect("it is told");
    }
}

async fn hear(listener: &mut Listener) -> Published {
    match listener.next().await.expect("the bus goes on") {
        Signal::Event(event) => *event,
        Signal::Elsewhere { .. } => panic!("it was told here"),
        Signal::Missed => panic!("it was not slow"),
    }
}

pub async fn everybody_who_listens_hears_an_event_as_it_was_told(bus: &dyn Bus) {
    let mut all = [bus.listen(), bus.listen(), bus.listen()];
    tell(bus, [1]).await;
    for listener in &mut all {
        assert_eq!(hear(listener).await, published(1));
    }
}

pub async fn events_are_heard_in_the_order_they_were_told(bus: &dyn Bus) {
    let mut listener = bus.listen();
    for position in [1, 2, 3, 7, 9] {
        tell(bus, [position]).await;
        assert_eq!(hear(&mut listener).await, published(position));
    }
    bus.publish(&[published(10), published(12)]).await.expect("they are told");
    assert_eq!([hear(&mut listener).await, hear(&mut listener).await], [published(10), published(12)]);
}

pub async fn who_listens_hears_nothing_from_before(bus: &dyn Bus) {
    tell(bus, [1, 2]).await;
    let mut listener = bus.listen();
    tell(bus, [3]).await;
    assert_eq!(hear(&mut listener).await, published(3));
}

pub async fn telling_is_no_fault_when_nobody_listens_or_somebody_left(bus: &dyn Bus) {
    tell(bus, [1]).await;
    let (left, mut stayed) = (bus.listen(), bus.listen());
    drop(left);
    tell(bus, [2]).await;
    assert_eq!(hear(&mut stayed).await, published(2));
}

pub async fn a_slow_listener_is_told_that_it_missed_some_and_hears_the_newest(bus: &dyn Bus) {
    let (mut slow, mut quick) = (bus.listen(), bus.listen());
    let last = u32::try_from(MOST_ROOM).expect("a few") * 2;
    for position in 1..=last {
        tell(bus, [position]).await;
        assert_eq!(hear(&mut quick).await, published(position), "nobody waits for the slow one");
    }
    let (mut heard, mut missed) = (0, false);
    while heard < u64::from(last) {
        match slow.next().await.expect("the bus goes on") {
            Signal::Elsewhere { .. } => panic!("it was told here"),
            Signal::Missed => missed = true,
            Signal::Event(event) => {
                assert!(missed || event.position == heard + 1, "{} after {heard}, untold", event.position);
                assert!(event.position > heard);
                heard = event.position;
            }
        }
    }
    assert!(missed);
    tell(bus, [last + 1]).await;
    assert_eq!(hear(&mut slow).await, published(last + 1), "and it is at the place again");
}
