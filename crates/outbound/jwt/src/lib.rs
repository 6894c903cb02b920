//! Access tokens (JWT, HS256) and password hashes (Argon2id). Knows no store and no clock: the time is
//! passed in.

mod passwords;
mod tokens;

pub use passwords::ArgonPasswords;
pub use tokens::JwtTokens;
