//! Access tokens: HS256 and nothing else, for one issuer and one audience.

use std::time::Duration;

use creativestore_domain::access::Actor;
use creativestore_domain::time::Timestamp;
use creativestore_ports::access::{Claims, TokenError, Tokens};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

/// Who issues the tokens, and for whom: other services that share the secret cannot pass theirs off here.
const ISSUER: &str = "creativestore";

/// How far the clocks of two replicas may be apart before a fresh token seems to come from the future.
const SKEW: Duration = Duration::from_secs(30);

/// Issues and verifies access tokens under one secret.
pub struct JwtTokens {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

/// The secret is too short to keep anybody out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a JWT secret has at least 32 bytes (RFC 7518, section 3.2); this one has {0}")]
pub struct WeakSecret(pub usize);

#[derive(Serialize, Deserialize)]
struct Payload {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl JwtTokens {
    /// Tokens under this secret, which has at least 32 bytes.
    pub fn new(secret: &[u8]) -> Result<Self, WeakSecret> {
        if secret.len() < 32 {
            return Err(WeakSecret(secret.len()));
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // The library would ask the system's clock; `verify` compares with the time that it is given.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Ok(Self {
            signing: EncodingKey::from_secret(secret),
            verifying: DecodingKey::from_secret(secret),
            validation,
        })
    }
}

impl Tokens for JwtTokens {
    fn issue(&self, claims: &Claims) -> String {
        let Claims { subject, issued_at, expires_at } = claims;
        let payload = Payload {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            sub: subject.to_string(),
            iat: seconds(*issued_at),
            nbf: seconds(*issued_at),
            exp: seconds(*expires_at),
        };
        encode(&Header::new(Algorithm::HS256), &payload, &self.signing)
            .expect("HMAC over a plain struct cannot fail")
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        let decoded = decode::<Payload>(token, &self.verifying, &self.validation);
        let Payload { sub, iat, nbf, exp, iss: _, aud: _ } = decoded.map_err(|_| TokenError::Invalid)?.claims;
        let subject = match Actor::parse(&sub) {
            Some(Actor::System) | None => return Err(TokenError::Invalid),
            Some(subject) => subject,
        };
        if seconds(now) >= exp {
            return Err(TokenError::Expired);
        }
        if seconds(now.plus(SKEW)) < nbf {
            return Err(TokenError::Invalid);
        }
        Ok(Claims { subject, issued_at: moment(iat)?, expires_at: moment(exp)? })
    }
}

fn seconds(at: Timestamp) -> i64 {
    at.micros().div_euclid(1_000_000)
}

fn moment(seconds: i64) -> Result<Timestamp, TokenError> {
    seconds.checked_mul(1_000_000).map(Timestamp::from_micros).ok_or(TokenError::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use creativestore_domain::id::UserId;

    const SECRET: &[u8] = b"a secret of at least thirty-two bytes";
    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn tokens() -> JwtTokens {
        JwtTokens::new(SECRET).expect("long enough")
    }

    fn claims() -> Claims {
        let user = UserId::parse("usr_0192f0c1d2e37a4b8c5d6e7f8091a2b3").expect("an id");
        Claims { subject: Actor::User(user), issued_at: NOW, expires_at: NOW.plus(Duration::from_mins(15)) }
    }

    fn signed(algorithm: Algorithm, secret: &[u8], change: impl FnOnce(&mut Payload)) -> String {
        let Claims { subject, issued_at, expires_at } = claims();
        let mut payload = Payload {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            sub: subject.to_string(),
            iat: seconds(issued_at),
            nbf: seconds(issued_at),
            exp: seconds(expires_at),
        };
        change(&mut payload);
        encode(&Header::new(algorithm), &payload, &EncodingKey::from_secret(secret)).expect("signs")
    }

    #[test]
    fn a_token_says_what_it_was_issued_for() {
        assert_eq!(tokens().verify(&tokens().issue(&claims()), NOW), Ok(claims()));
    }

    #[test]
    fn a_token_is_over_at_its_last_second() {
        let token = tokens().issue(&claims());
        assert!(tokens().verify(&token, NOW.plus(Duration::from_secs(899))).is_ok());
        assert_eq!(tokens().verify(&token, NOW.plus(Duration::from_mins(15))), Err(TokenError::Expired));
    }

    #[test]
    fn a_token_from_the_future_is_not_valid() {
        let token = tokens().issue(&claims());
        assert!(tokens().verify(&token, NOW.minus(Duration::from_secs(30))).is_ok());
        assert_eq!(tokens().verify(&token, NOW.minus(Duration::from_secs(31))), Err(TokenError::Invalid));
    }

    #[test]
    fn a_token_that_was_tampered_with_is_not_valid() {
        let token = tokens().issue(&claims());
        let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        let other = signed(Algorithm::HS256, SECRET, |payload| payload.exp += 1);
        parts[1] = other.split('.').nth(1).expect("a payload").to_owned();
        assert_eq!(tokens().verify(&parts.join("."), NOW), Err(TokenError::Invalid));
        for cut in 0..token.len() {
            assert_eq!(tokens().verify(&token[..cut], NOW), Err(TokenError::Invalid), "cut at {cut}");
        }
    }

    #[test]
    fn other_algorithms_keys_issuers_audiences_and_subjects_are_not_valid() {
        let user = claims().subject.to_string();
        for (what, token) in [
            ("another key", signed(Algorithm::HS256, b"another secret of thirty-two bytes!!", |_| {})),
            ("HS384", signed(Algorithm::HS384, SECRET, |_| {})),
            ("HS512", signed(Algorithm::HS512, SECRET, |_| {})),
            ("issuer", signed(Algorithm::HS256, SECRET, |payload| payload.iss = "another".into())),
            ("audience", signed(Algorithm::HS256, SECRET, |payload| payload.aud = "another".into())),
            ("system", signed(Algorithm::HS256, SECRET, |payload| payload.sub = "system".into())),
            ("no id", signed(Algorithm::HS256, SECRET, |payload| payload.sub = user[..10].into())),
            // {"alg":"none","typ":"JWT"}
            ("none", {
                let signed = signed(Algorithm::HS256, SECRET, |_| {});
                let payload = signed.split('.').nth(1).expect("a payload").to_owned();
                format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.")
            }),
        ] {
            assert_eq!(tokens().verify(&token, NOW), Err(TokenError::Invalid), "{what}");
        }
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert_eq!(JwtTokens::new(b"short").err(), Some(WeakSecret(5)));
    }
}
