//! Every route, on one page.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::edge::problem::{Code, Problem};
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
fn followed() -> Routes {
    Routes::default()
        .route("/preview/{token}", get(previews::page))
        .route("/preview/{token}/content", get(previews::content))
        .route("/preview/{token}/files/{sha256}", get(previews::file))
        .route("/preview/{token}/files/{sha256}/{*path}", get(previews::bundle_file))
        .route("/assets/{token}", get(links::asset))
        .route("/assets/{token}/{*path}", get(links::bundle_file))
        .route("/tags/{token}/{channel}", get(links::tag))
        .route("/openapi.json", get(document))
}

/// Routes, and what they are called.
#[derive(Default)]
struct Routes {
    router: Router<Edge>,
    templates: Vec<String>,
}

impl Routes {
    fn route(mut self, template: &str, methods: MethodRouter<Edge>) -> Self {
        self.templates.push(template.to_owned());
        Self { router: self.router.route(template, methods), ..self }
    }

    fn merge(mut self, other: Self) -> Self {
        self.templates.extend(other.templates);
        Self { router: self.router.merge(other.router), ..self }
    }
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

/// The whole edge: what answers requests.
#[derive(Clone)]
pub struct Service(Arc<Parts>);

struct Parts {
    edge: Edge,
    router: Router,
    /// The same routes again: the router says which one it took only to layers inside of it, which cost each request more
    /// than looking twice.
    templates: matchit::Router<String>,
}

impl Service {
    /// The service of this edge.
    pub fn new(edge: Edge) -> Self {
        let (router, document) = described().split_for_parts();
        let described = Routes { router, templates: document.paths.paths.into_keys().collect() };
        let Routes { router, templates } = with_pages(described.merge(followed()), &edge);
        let router = router
            .fallback(request::no_route)
            .method_not_allowed_fallback(request::no_method)
            .with_state(edge.clone());
        let mut known = matchit::Router::new();
        for template in templates {
            known.insert(template.clone(), template).expect("a router takes it, too");
        }
        Self(Arc::new(Parts { edge, router, templates: known }))
    }

    /// The template of the route to which a path leads, whatever its method.
    pub fn route(&self, path: &str) -> Option<&str> {
        Some(self.0.templates.at(path).ok()?.value)
    }

    /// Answers a request that came from this address.
    pub async fn answer(&self, address: Option<IpAddr>, request: Request) -> Response {
        request::answer(&self.0.edge, &self.0.router, address, request).await
    }
}

#[cfg(feature = "swagger-ui")]
fn with_pages(routes: Routes, edge: &Edge) -> Routes {
    if !edge.settings.swagger {
        return routes;
    }
    let config = utoipa_swagger_ui::Config::from("/openapi.json");
    let pages = utoipa_swagger_ui::SwaggerUi::new("/docs").config(config);
    let templates = ["/docs", "/docs/", "/docs/{*rest}"].map(str::to_owned);
    routes.merge(Routes { router: pages.into(), templates: templates.into() })
}

#[cfg(not(feature = "swagger-ui"))]
fn with_pages(routes: Routes, edge: &Edge) -> Routes {
    if edge.settings.swagger {
        tracing::warn!("this binary was built without the pages at /docs");
    }
    routes
}

/// The answer while the service behind the listener is not there yet.
pub fn not_yet() -> Response {
    let problem = Problem::new(Code::Unavailable, "the service is starting");
    problem.retry_after(Duration::from_secs(1)).render("starting")
}

/// The page that lists every problem code, as `docs/errors.md` holds it.
pub fn errors_page() -> String {
    crate::endpoints::errors_page()
}
