//! Problems (RFC 9457): what is wrong, where, what is allowed, what to do. Codes are stable; `docs/errors.md` lists
//! them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use creativestore_ports::blobs::BlobError;
use creativestore_ports::store::StoreError;
use creativestore_usecases::{Failure, FieldError, Unauthenticated};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

macro_rules! codes {
    ($($name:ident = $code:literal, $status:ident, $title:literal, $advice:literal;)*) => {
        /// What kind of problem it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", $code, "`: ", $title)] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable code, the end of the problem's `type`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// What it is called.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What to do about it.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

codes! {
    MalformedBody = "malformed_body", BAD_REQUEST, "The body cannot be read", "Send well-formed JSON, nested less than 128 levels deep.";
    InvalidParameter = "invalid_parameter", BAD_REQUEST, "A parameter is not valid", "Look at `errors`: each names a parameter and what it may be.";
    InvalidHeader = "invalid_header", BAD_REQUEST, "A header is not valid", "Look at `errors`: each names a header and what it may be.";
    CursorInvalid = "cursor_invalid", BAD_REQUEST, "The cursor is not one of this list", "Begin again without `cursor`; keep filters and sort the same from page to page.";
    AccountAmbiguous = "account_ambiguous", BAD_REQUEST, "Several accounts are possible", "Name one of `accounts` in the parameter `account`.";
    IncompleteUpload = "incomplete_upload", BAD_REQUEST, "The upload ended early", "Send all of it again; nothing was kept.";
    ChecksumMismatch = "checksum_mismatch", BAD_REQUEST, "The bytes are not those that were announced", "Send them again, or announce the right hash; nothing was kept.";
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Who asks is not known", "Send `Authorization: Bearer` with an access token or an API key.";
    CredentialsInvalid = "credentials_invalid", UNAUTHORIZED, "The credentials are not valid", "Check them; which part is wrong is not told.";
    TokenExpired = "token_expired", UNAUTHORIZED, "The access token has expired", "Get the next one at /v1/auth/refresh.";
    TokenInvalid = "token_invalid", UNAUTHORIZED, "The access token is not valid", "Sign in again.";
    TokenReused = "token_reused", UNAUTHORIZED, "The refresh token was used before", "Somebody else may have it: sign in again; every session of that sign-in has ended.";
    Forbidden = "forbidden", FORBIDDEN, "Not permitted", "Ask an administrator of the account for the role that `detail` names.";
    NotFound = "not_found", NOT_FOUND, "There is no such thing", "Check the id and the account; things of other accounts are not found.";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "No such method here", "Use one of the methods in `Allow`.";
    NotDeliverable = "not_deliverable", CONFLICT, "The creative cannot be delivered", "See `detail` for what stands against it.";
    TransitionRefused = "transition_refused", CONFLICT, "Not possible from here", "Do one of `possible` instead, or decide on the newest revision.";
    AlreadyExists = "already_exists", CONFLICT, "There is one already", "Use another name or id, or change the one that is there.";
    KeyInFlight = "idempotency_key_in_flight", CONFLICT, "The same request is under way", "Wait, then repeat it with the same key.";
    LinkExpired = "link_expired", GONE, "The link has expired", "Ask for a new one.";
    PreconditionFailed = "precondition_failed", PRECONDITION_FAILED, "It changed meanwhile", "Read it again, and send its new version in `If-Match`.";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "Too large", "Send less; `detail` says how much is taken.";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The content type is not taken here", "Send the type that `detail` names.";
    RangeNotSatisfiable = "range_not_satisfiable", RANGE_NOT_SATISFIABLE, "The range lies outside", "Ask for bytes that are there.";
    InvalidRequest = "invalid_request", UNPROCESSABLE_ENTITY, "The request is not valid", "Look at `errors`: each has a JSON pointer and says what is allowed.";
    NoSuchTag = "no_such_tag", UNPROCESSABLE_ENTITY, "There is no such tag", "See `detail` for what is possible.";
    KeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "The idempotency key was used for another request", "Use a new key for a new request.";
    PreconditionRequired = "precondition_required", PRECONDITION_REQUIRED, "A version is needed", "Send the version that you saw in `If-Match`, so that nobody's change is lost.";
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "Too many requests", "Wait as long as `Retry-After` says.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something is wrong here", "Repeat it; if it stays, tell the operator the request id.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Not possible right now", "Repeat it after `Retry-After`; nothing was written.";
    Indeterminate = "indeterminate", SERVICE_UNAVAILABLE, "It is not known whether it was written", "Repeat it with the same Idempotency-Key, or look before you repeat it.";
}

/// A problem on its way to the client.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What kind.
    pub code: Code,
    told: Box<Told>,
}

/// What is particular about a problem. Apart, so that a result that may be a problem stays small.
#[derive(Clone, Debug)]
struct Told {
    detail: String,
    errors: Vec<FieldError>,
    extra: Option<(&'static str, Value)>,
    retry_after: Option<Duration>,
    headers: Vec<(http::HeaderName, HeaderValue)>,
}

/// What a response carries until the request id is put into it.
#[derive(Clone)]
pub(crate) struct Pending(pub(crate) Arc<Problem>);

impl Problem {
    /// A problem of this kind, with what is particular about it.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let told = Told {
            detail: detail.into(),
            errors: Vec::new(),
            extra: None,
            retry_after: None,
            headers: Vec::new(),
        };
        Self { code, told: Box::new(told) }
    }

    /// A problem with these fields.
    pub fn fields(code: Code, errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => format!("{}: {}", one.pointer, one.detail),
            many => format!("{} problems, listed in `errors`", many.len()),
        };
        let mut problem = Self::new(code, detail);
        problem.told.errors = errors;
        problem
    }

    /// A problem with one parameter or header.
    pub fn field(code: Code, pointer: &str, detail: impl Into<String>) -> Self {
        Self::fields(code, vec![FieldError::new(pointer, detail)])
    }

    /// Nothing of that name is here.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no such {what}"))
    }

    /// Something that the client should wait for.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.told.retry_after = Some(wait);
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: Value) -> Self {
        self.told.extra = Some((name, value));
        self
    }

    pub(crate) fn header(mut self, name: http::HeaderName, value: HeaderValue) -> Self {
        self.told.headers.push((name, value));
        self
    }

    /// The response, with the id of the request that it answers.
    pub fn render(&self, request_id: &str) -> Response {
        let Self { code, told } = self;
        let Told { detail, errors, extra, retry_after, headers } = told.as_ref();
        let mut body = json!({
            "type": format!("urn:creativestore:problem:{}", code.as_str()),
            "title": code.title(),
            "status": code.status().as_u16(),
            "detail": detail,
            "advice": code.advice(),
            "request_id": request_id,
        });
        if !errors.is_empty() {
            let errors = errors.iter().map(|it| json!({ "pointer": it.pointer, "detail": it.detail }));
            body["errors"] = errors.collect();
        }
        if let Some((name, value)) = extra {
            body[*name] = value.clone();
        }
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = code.status();
        let out = response.headers_mut();
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if code.status() == StatusCode::UNAUTHORIZED {
            out.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = retry_after {
            out.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(*wait)));
        }
        for (name, value) in headers {
            out.insert(name.clone(), value.clone());
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(Pending(Arc::new(self)));
        response
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let detail = failure.to_string();
        match failure {
            Failure::Unauthenticated(Unauthenticated::Credentials) => {
                Self::new(Code::CredentialsInvalid, detail)
            }
            Failure::Unauthenticated(Unauthenticated::TokenExpired) => Self::new(Code::TokenExpired, detail),
            Failure::Unauthenticated(Unauthenticated::TokenInvalid) => Self::new(Code::TokenInvalid, detail),
            Failure::Unauthenticated(Unauthenticated::Reused) => Self::new(Code::TokenReused, detail),
            Failure::Forbidden(_) => Self::new(Code::Forbidden, detail),
            Failure::WhichAccount(accounts) => {
                let accounts = accounts.iter().map(ToString::to_string).collect();
                Self::new(Code::AccountAmbiguous, detail).with("accounts", accounts)
            }
            Failure::NotFound(_) => Self::new(Code::NotFound, detail),
            Failure::Invalid(errors) => Self::fields(Code::InvalidRequest, errors),
            Failure::Refused(refused) => refused_step(&refused),
            Failure::NotDeliverable(_) => Self::new(Code::NotDeliverable, detail),
            Failure::Tag(_) => Self::new(Code::NoSuchTag, detail),
            Failure::Stale { current } => {
                Self::new(Code::PreconditionFailed, detail).with("version", current.into())
            }
            Failure::KeyReused => Self::new(Code::KeyReused, detail),
            Failure::Exists("idempotency key") => Self::new(Code::KeyInFlight, detail),
            Failure::Exists(_) => Self::new(Code::AlreadyExists, detail),
            Failure::Blob(error) => blob(error),
            Failure::Store(error) => store(&error),
            Failure::Inspector(why) => {
                tracing::error!(%why, "files cannot be looked into");
                unavailable("files cannot be looked into right now")
            }
        }
    }
}

fn refused_step(refused: &creativestore_domain::states::Refused) -> Problem {
    use creativestore_domain::states::Refused;
    let problem = Problem::new(Code::TransitionRefused, refused.to_string());
    match refused {
        Refused::Step { possible, .. } => {
            problem.with("possible", possible.iter().map(|step| step.as_str()).collect())
        }
        Refused::Superseded { newest, .. } => problem.with("newest_revision", (*newest).into()),
        Refused::Reason { allowed, .. } => {
            problem.with("allowed_reason_codes", allowed.iter().map(|reason| reason.as_str()).collect())
        }
        Refused::Party { .. } | Refused::Assigned => problem,
    }
}

fn blob(error: BlobError) -> Problem {
    let detail = error.to_string();
    match error {
        BlobError::NotFound => Problem::not_found("blob"),
        BlobError::TooLarge { .. } => {
            Problem::new(Code::BodyTooLarge, format!("{detail}, which is the most that is taken here"))
        }
        BlobError::ChecksumMismatch { .. } => Problem::new(Code::ChecksumMismatch, detail),
        BlobError::Incomplete(_) => Problem::new(Code::IncompleteUpload, detail),
        BlobError::OutOfRange { size } => {
            let all = HeaderValue::from_str(&format!("bytes */{size}"));
            let problem = Problem::new(Code::RangeNotSatisfiable, detail);
            all.map_or_else(|_| problem.clone(), |all| problem.clone().header(header::CONTENT_RANGE, all))
        }
        BlobError::Unavailable(error) => {
            tracing::error!(%error, "blob storage failed");
            unavailable("bytes cannot be kept or read right now")
        }
        BlobError::Corrupt(sha256) => {
            tracing::error!(%sha256, "a blob is damaged");
            Problem::new(Code::Internal, "the stored bytes are damaged")
        }
    }
}

fn store(error: &StoreError) -> Problem {
    match error {
        StoreError::Unavailable(why) => {
            tracing::error!(%why, "the store is unavailable");
            unavailable("the store is not available right now")
        }
        StoreError::Stale => unavailable("somebody else changed the same record at the same moment"),
        StoreError::Indeterminate(why) => {
            tracing::error!(%why, "it is not known whether a change was written");
            Problem::new(Code::Indeterminate, "the answer to the commit was lost")
                .retry_after(Duration::from_secs(1))
        }
        StoreError::Duplicate(what) => {
            Problem::new(Code::AlreadyExists, format!("there is already such a {what}"))
        }
        StoreError::Corrupt(why) => {
            tracing::error!(%why, "a stored record is damaged");
            Problem::new(Code::Internal, "a stored record is damaged")
        }
    }
}

/// Rounded up: whoever waits less comes too early.
fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

fn unavailable(detail: &str) -> Problem {
    Problem::new(Code::Unavailable, detail).retry_after(Duration::from_secs(2))
}
