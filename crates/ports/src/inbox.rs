//! What arrives for us from other services.

use async_trait::async_trait;
use creativestore_domain::id::AccountId;
use creativestore_domain::text::ExternalRef;

use crate::bus::BusError;

/// What another service tells us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A media buy is over: what is in use in it is so no longer.
    MediaBuyEnded {
        /// Whose media buy.
        account: AccountId,
        /// Which.
        media_buy: ExternalRef,
    },
}

/// A message on its way, which comes again until it is finished or put aside.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What the inbox knows it by.
    pub id: String,
    /// How many times it was handed out, with this one.
    pub tries: u32,
    /// What it says, or why nobody can ever read it.
    pub message: Result<Message, String>,
}

/// How a letter went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It may succeed later.
    Passing(String),
    /// It never can.
    Lasting(String),
}

/// What became of a letter that went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It comes again later.
    Again,
    /// It is among the dead letters, for somebody to look at.
    Dead,
}

/// Messages for us, each handed to one process at a time.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Letters that are due, waiting a moment for one when there are none.
    async fn receive(&self) -> Result<Vec<Letter>, BusError>;
    /// It was done, and does not come again.
    async fn finish(&self, letter: &Letter) -> Result<(), BusError>;
    /// It was not done: it comes again later, or is put aside when it was tried often enough or never can succeed.
    async fn fail(&self, letter: &Letter, fault: &Fault) -> Result<Fate, BusError>;
}
