//! Every route, on one page.

use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::edge::problem::{Code, Problem};
use crate::edge::request::Naming;
use crate::edge::{Edge, request};
use crate::endpoints::{
    accounts, api_keys, assignments, audit, auth, blobs, checks, concepts, creatives, events, formats, links,
    listing, previews, reviews, revisions, steps, tags,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "creativestore", description = "The system of record for advertising creatives.", license(name = "Apache-2.0", identifier = "Apache-2.0")),
    security(("bearer" = [])),
    tags(
        (name = "sign-in"), (name = "tenancy"), (name = "concepts"), (name = "bytes"), (name = "formats"),
        (name = "checking"), (name = "creatives"), (name = "revisions"), (name = "review"), (name = "states"),
        (name = "use"), (name = "watching"),
    )
)]
struct Described;

fn described() -> OpenApiRouter<Edge> {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(auth::token))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::revoke))
        .routes(routes!(auth::me))
        .routes(routes!(auth::password))
        .routes(routes!(accounts::list, accounts::create))
        .routes(routes!(accounts::get, accounts::amend))
        .routes(routes!(accounts::members, accounts::add_member))
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::revoke))
        .routes(routes!(concepts::list, concepts::create))
        .routes(routes!(concepts::get, concepts::amend))
        // Its body is bounded where it is read; an upload is as large as the use case takes it.
        .routes(routes!(blobs::put).layer(DefaultBodyLimit::disable()))
        .routes(routes!(blobs::get))
        .routes(routes!(blobs::facts))
        .routes(routes!(blobs::rendition))
        .routes(routes!(formats::list))
        .routes(routes!(formats::get))
        .routes(routes!(checks::check))
        .routes(routes!(listing::list, creatives::create))
        .routes(routes!(creatives::upsert))
        .routes(routes!(creatives::get, creatives::amend))
        .routes(routes!(revisions::list, revisions::create))
        .routes(routes!(revisions::get))
        .routes(routes!(revisions::checks))
        .routes(routes!(reviews::decide))
        .routes(routes!(reviews::queue))
        .routes(routes!(steps::archive))
        .routes(routes!(steps::unarchive))
        .routes(routes!(steps::resubmit))
        .routes(routes!(assignments::list, assignments::create))
        .routes(routes!(assignments::end))
        .routes(routes!(tags::tag))
        .routes(routes!(previews::create))
        .routes(routes!(events::events))
        .routes(routes!(audit::list))
}

/// Routes that people and browsers follow, not programs: they are no part of the OpenAPI document.
fn followed() -> Router<Edge> {
    Router::new()
        .route("/preview/{token}", get(previews::page))
        .route("/preview/{token}/content", get(previews::content))
        .route("/preview/{token}/files/{sha256}", get(previews::file))
        .route("/preview/{token}/files/{sha256}/{*path}", get(previews::bundle_file))
        .route("/assets/{token}", get(links::asset))
        .route("/assets/{token}/{*path}", get(links::bundle_file))
        .route("/tags/{token}/{channel}", get(links::tag))
}

/// The OpenAPI 3.1 document, generated from the handlers.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = described().into_openapi();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An access token from /v1/auth/token, or an API key."))
        .build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    document
}

/// Written once, when somebody asks for the first time.
static DOCUMENT: LazyLock<Bytes> =
    LazyLock::new(|| openapi().to_json().expect("the document has string keys only").into());

async fn document() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.clone())
}

/// The whole edge. Needs `ConnectInfo<SocketAddr>` for the audit log to name addresses.
pub fn router(edge: Edge) -> Router {
    let (described, _) = described().split_for_parts();
    let router = described.merge(followed()).route("/openapi.json", get(document));
    let router = with_pages(router, &edge);
    router
        .fallback(request::no_route)
        .method_not_allowed_fallback(request::no_method)
        .layer(Naming(edge.clone()))
        .with_state(edge)
}

#[cfg(feature = "swagger-ui")]
fn with_pages(router: Router<Edge>, edge: &Edge) -> Router<Edge> {
    if !edge.settings.swagger {
        return router;
    }
    let config = utoipa_swagger_ui::Config::from("/openapi.json");
    router.merge(utoipa_swagger_ui::SwaggerUi::new("/docs").config(config))
}

#[cfg(not(feature = "swagger-ui"))]
fn with_pages(router: Router<Edge>, edge: &Edge) -> Router<Edge> {
    if edge.settings.swagger {
        tracing::warn!("this binary was built without the pages at /docs");
    }
    router
}

/// The answer while the service behind the listener is not there yet.
pub fn not_yet() -> axum::response::Response {
    let problem = Problem::new(Code::Unavailable, "the service is starting");
    problem.retry_after(Duration::from_secs(1)).render("starting")
}

/// The page that lists every problem code, as `docs/errors.md` holds it.
pub fn errors_page() -> String {
    crate::endpoints::errors_page()
}
