//! Password hashes: Argon2id with 19 MiB and two passes (OWASP Password Storage Cheat Sheet), one at a time so
//! that sign-ins cannot take more memory than one hash, and off the async threads.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use creativestore_ports::access::Passwords;
use creativestore_ports::ambient::Random;
use tokio::sync::Semaphore;

/// Hashes and verifies passwords.
pub struct ArgonPasswords {
    random: Arc<dyn Random>,
    one_at_a_time: Arc<Semaphore>,
    params: Params,
}

impl ArgonPasswords {
    /// Takes its salts from `random`.
    pub fn new(random: Arc<dyn Random>) -> Self {
        let params = Params::new(19 * 1024, 2, 1, None).expect("the recommended parameters are valid");
        Self { random, one_at_a_time: Arc::new(Semaphore::new(1)), params }
    }

    async fn off_thread<T: Send + 'static>(&self, work: impl FnOnce(Argon2<'_>) -> T + Send + 'static) -> T {
        let permit = Arc::clone(&self.one_at_a_time).acquire_owned().await;
        let permit = permit.expect("the semaphore is never closed");
        let params = self.params.clone();
        let done = tokio::task::spawn_blocking(move || {
            let result = work(Argon2::new(Algorithm::Argon2id, Version::V0x13, params));
            drop(permit);
            result
        });
        done.await.expect("hashing does not panic")
    }

    fn salt(&self) -> [u8; 16] {
        let mut salt = [0; 16];
        self.random.fill(&mut salt);
        salt
    }
}

#[async_trait]
impl Passwords for ArgonPasswords {
    async fn hash(&self, password: &str) -> String {
        let salt = self.salt();
        let password = password.to_owned();
        let hash = self.off_thread(move |argon| argon.hash_password_with_salt(password.as_bytes(), &salt));
        hash.await.expect("a salt of 16 bytes and valid parameters hash").to_string()
    }

    async fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        let Some(hash) = hash.map(str::to_owned) else {
            // As much work as for a user who exists, so that the time does not tell who does.
            let _ = self.hash(password).await;
            return false;
        };
        let password = password.to_owned();
        self.off_thread(move |argon| argon.verify_password(password.as_bytes(), hash.as_str()).is_ok()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);

    impl Random for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    fn passwords() -> ArgonPasswords {
        ArgonPasswords::new(Arc::new(Counting(0.into())))
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_another_is_not() {
        let passwords = passwords();
        let hash = passwords.hash("correct horse").await;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse", Some(&hash)).await);
        assert!(!passwords.verify("battery staple", Some(&hash)).await);
        assert!(!passwords.verify("correct horse", None).await);
        assert!(!passwords.verify("correct horse", Some("not a hash")).await);
    }

    #[tokio::test]
    async fn the_same_password_twice_gives_two_hashes() {
        let passwords = passwords();
        assert_ne!(passwords.hash("same").await, passwords.hash("same").await);
    }
}
