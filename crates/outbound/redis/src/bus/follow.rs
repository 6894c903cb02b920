//! Hearing what other processes tell: a subscription that is made again whenever it breaks or falls silent. Knows no
//! event beyond its account and place.

use std::sync::atomic::Ordering;
use std::time::Duration;

use creativestore_ports::bus::Signal;
use deadpool_redis::redis::Msg;
use deadpool_redis::redis::aio::{PubSubSink, PubSubStream};
use futures_util::StreamExt;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::{RedisBus, heard};
use crate::breaker::pause;

/// How often Redis is asked whether it is still there, and how long it has for an answer.
const PULSE: Duration = Duration::from_secs(1);

impl RedisBus {
    /// Hears what other processes tell, for as long as it is polled; never ends. While Redis is away, listeners are told
    /// about every second that they missed some, and once more when it is back, so that nothing stays unnoticed.
    pub async fn follow(&self) {
        loop {
            let why = match timeout(self.database.bound(), self.subscribe()).await {
                Ok(Ok((sink, stream))) => {
                    self.following.succeeded(true);
                    // Whatever was told until now nobody heard.
                    self.signal(Signal::Missed);
                    self.hear(sink, stream).await
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer in time".to_owned(),
            };
            self.following.away(&why);
            self.signal(Signal::Missed);
            tokio::time::sleep(pause()).await;
        }
    }

    async fn subscribe(&self) -> deadpool_redis::redis::RedisResult<(PubSubSink, PubSubStream)> {
        let (mut sink, stream) = self.database.client().get_async_pubsub().await?.split();
        sink.psubscribe(format!("{}:*", literal(&self.prefix))).await?;
        Ok((sink, stream))
    }

    /// Hears until something is wrong, and says what.
    async fn hear(&self, mut sink: PubSubSink, mut stream: PubSubStream) -> String {
        let mut pulse = interval(PULSE);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = stream.next() => match message {
                    Some(message) => self.heard(&message),
                    None => return "the subscription ended".to_owned(),
                },
                _ = pulse.tick() => {
                    match timeout(PULSE, sink.ping::<deadpool_redis::redis::Value>()).await {
                        Ok(Ok(_)) => {}
                        Ok(Err(error)) => return error.to_string(),
                        Err(_) => return "the subscription is silent".to_owned(),
                    }
                }
            }
        }
    }

    fn heard(&self, message: &Msg) {
        let Some((account, position)) = heard::read(message.get_payload_bytes()) else {
            tracing::debug!(channel = message.get_channel_name(), "heard something that is no event");
            return;
        };
        if position > self.highest.load(Ordering::SeqCst) {
            self.signal(Signal::Elsewhere { account, position });
        }
    }
}

/// A text as a pattern that fits nothing else.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '^' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}
