//! What happened: a page of it, or all of it as it comes.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use creativestore_usecases::events;
use creativestore_wire::cloud_event;
use futures_util::{StreamExt, future};
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ProblemView;
use crate::edge::Edge;
use crate::edge::params::{Params, limit};
use crate::edge::problem::{Code, Problem};
use crate::edge::signed::Signed;

/// From where on.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedEvents {
    /// The account, for who has several.
    account: Option<String>,
    /// After this position; from the first event on when nothing is said. `Last-Event-ID` says the same.
    after: Option<u64>,
    /// How many events a page has, 1 to 200; 50 when nothing is said.
    limit: Option<u16>,
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub struct EventsPage {
    /// CloudEvents 1.0, in the order of their positions.
    #[schema(value_type = Vec<Object>)]
    items: Vec<serde_json::Value>,
    /// What to send as `after` for the next page: the position of the last event here.
    after: u64,
}

/// How often a stream says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What happened to the account's creatives, as CloudEvents: a page of it as JSON, or with `Accept: text/event-stream`
/// all of it as it comes, each event with its position as id.
#[utoipa::path(get, operation_id = "events_list", path = "/v1/events", tag = "watching", params(WantedEvents,
        ("Last-Event-ID" = Option<u64>, Header, description = "the position of the last event that was seen")),
    responses((status = 200, content((EventsPage = "application/json"), (String = "text/event-stream"))),
        (status = "default", body = ProblemView)))]
pub async fn events(
    State(edge): State<Edge>,
    signed: Signed,
    headers: HeaderMap,
    Params(wanted): Params<WantedEvents>,
) -> Result<Response, Problem> {
    let caller = signed.naming(wanted.account.as_deref())?;
    let after = match headers.get("last-event-id") {
        Some(id) => id.to_str().ok().and_then(|id| id.trim().parse().ok()).ok_or_else(|| {
            Problem::field(Code::InvalidHeader, "Last-Event-ID", "the `id` of an event, a whole number")
        })?,
        None => wanted.after.unwrap_or(0),
    };
    let limit = limit(wanted.limit)?;
    let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    if !accept.contains("text/event-stream") {
        let found = events::page(&edge.inside, &caller, after, limit).await?;
        let after = found.last().map_or(after, |last| last.position);
        let items = found.iter().map(cloud_event).collect();
        return Ok(Answer(EventsPage { items, after }).into_response());
    }
    let followed = events::follow(Arc::clone(&edge.inside), &caller, after)?;
    let ended = edge.settings.shutdown.clone().cancelled_owned();
    let told = followed.take_until(ended).take_while(|next| {
        if let Err(failure) = next {
            tracing::warn!(%failure, "an event stream ends; its client will ask again");
        }
        future::ready(next.is_ok())
    });
    let told = told.filter_map(|next| {
        let event = next.ok().map(|published| {
            let event = Event::default().id(published.position.to_string());
            event.event(published.event.what.type_name()).data(cloud_event(&published).to_string())
        });
        future::ready(event.map(Ok::<_, Infallible>))
    });
    // A stream ends when the service does: nobody is to ask for the next one on the same connection.
    let alone = [(header::CONNECTION, "close")];
    Ok((alone, Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT))).into_response())
}
