//! Doing what other services tell us to do. The same message may come twice, and does no harm the second time.

use creativestore_ports::bus::BusError;
use creativestore_ports::inbox::{Fate, Fault, Inbox, Letter, Message};

use crate::assignments::end_all_of;
use crate::inside::Inside;

/// What became of the letters that were due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handled {
    /// So many were done.
    pub done: u64,
    /// So many come again.
    pub again: u64,
    /// So many were put aside for somebody to look at.
    pub dead: u64,
}

/// Handles the letters that are due, or waits a moment for one.
pub async fn work(inside: &Inside, inbox: &dyn Inbox) -> Result<Handled, BusError> {
    let mut handled = Handled::default();
    for letter in inbox.receive().await? {
        match handle(inside, &letter).await {
            Ok(()) => {
                inbox.finish(&letter).await?;
                handled.done += 1;
            }
            Err(fault) => match inbox.fail(&letter, &fault).await? {
                Fate::Again => {
                    tracing::warn!(letter = letter.id, tries = letter.tries, ?fault, "a message comes again");
                    handled.again += 1;
                }
                Fate::Dead => {
                    tracing::error!(
                        letter = letter.id,
                        tries = letter.tries,
                        ?fault,
                        "a message is a dead letter"
                    );
                    handled.dead += 1;
                }
            },
        }
    }
    Ok(handled)
}

async fn handle(inside: &Inside, letter: &Letter) -> Result<(), Fault> {
    match letter.message.as_ref().map_err(|why| Fault::Lasting(why.clone()))? {
        Message::MediaBuyEnded { account, media_buy } => {
            known(inside, *account).await?;
            let ended = end_all_of(inside, *account, media_buy).await;
            let ended = ended.map_err(|failure| Fault::Passing(failure.to_string()))?;
            tracing::info!(%account, %media_buy, ended, "a media buy ended");
            Ok(())
        }
    }
}

/// A message about an account that is not there never can succeed.
async fn known(inside: &Inside, account: creativestore_domain::id::AccountId) -> Result<(), Fault> {
    let found = async { inside.peek().await?.tenancy().account(account).await };
    match found.await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(Fault::Lasting(format!("there is no account {account}"))),
        Err(error) => Err(Fault::Passing(error.to_string())),
    }
}
