//! A unit of work that changes: it knows which creatives it changes, and its end is seen to even if nobody waits for it
//! any more.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use creativestore_domain::creative::Creative;
use creativestore_ports::cache::Cache;
use creativestore_ports::store::{StoreError, UnitOfWork};

use crate::recent::Recent;

/// A unit of work that changes.
pub(crate) struct Write {
    work: Box<dyn UnitOfWork>,
    recent: Arc<Recent>,
    cache: Option<Arc<dyn Cache>>,
    changed: Vec<Arc<Creative>>,
}

impl Write {
    pub(crate) fn new(work: Box<dyn UnitOfWork>, recent: Arc<Recent>, cache: Option<Arc<dyn Cache>>) -> Self {
        Self { work, recent, cache, changed: Vec::new() }
    }

    /// The creative is so, once this is committed.
    pub(crate) fn changes(&mut self, creative: &Creative) {
        self.changed.push(Arc::new(creative.clone()));
    }

    /// As what does not change creatives takes it.
    pub(crate) fn as_mut(&mut self) -> &mut dyn UnitOfWork {
        self.work.as_mut()
    }

    /// Makes it durable. A client that goes away meanwhile does not stop it half-way: what it changed is forgotten here
    /// whenever the commit is over, however it went.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let Self { work, recent, cache, changed } = self;
        let ended = tokio::spawn(async move {
            let done = work.commit().await;
            if !changed.is_empty() {
                recent.forget(&changed, done.is_ok());
                // Before anybody is told that it is done, so that the next look sees it wherever it comes in.
                if let (Ok(()), Some(cache)) = (&done, cache) {
                    cache.keep(&changed).await;
                }
            }
            done
        });
        ended.await.unwrap_or_else(|error| Err(StoreError::Indeterminate(error.to_string())))
    }
}

impl Deref for Write {
    type Target = dyn UnitOfWork;

    fn deref(&self) -> &Self::Target {
        self.work.as_ref()
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.work.as_mut()
    }
}
