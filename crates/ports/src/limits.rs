//! How much one principal may ask for.

use std::time::Duration;

use async_trait::async_trait;

/// Bounds requests per principal.
#[async_trait]
pub trait RateLimit: Send + Sync {
    /// Counts one request of `principal`; an error tells how long to wait.
    async fn admit(&self, principal: &str) -> Result<(), Duration>;
}
