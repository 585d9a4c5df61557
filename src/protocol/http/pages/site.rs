//! Files that browsers and robots ask for.

use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_ENCODING, ETAG, HeaderValue};
use maud::{Markup, PreEscaped, html};

use super::super::error::HttpError;
use super::super::message::HttpResponse;
use super::super::request::HttpRequest;
use super::super::response::{accepts_gzip, content};
use super::super::route::{Exchange, TaskFuture};
use super::super::{login, problem};
use super::admin::forms::form;
use super::assets;
use super::layout::Shell;
use super::login::login_page;
use super::person::full_name;
use super::public::{parameter, suggestions};
use super::respond::{base, html as page, viewer};

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The style sheet or the script.
pub(super) fn asset(request: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    let asset = assets::find(request.capture_text("file")?);
    let asset = asset.ok_or_else(|| HttpError::not_found("there is no such file"))?;
    let is_compressed = request.header("accept-encoding").is_some_and(accepts_gzip);
    let bytes = if is_compressed {
        &asset.gzip
    } else {
        &asset.plain
    };
    let mut response = content(asset.media_type, bytes.clone());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, IMMUTABLE);
    if is_compressed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    // The address is the hash.
    if let Ok(tag) = HeaderValue::from_str(&format!(
        "\"{}{}\"",
        asset.path,
        if is_compressed { "-gzip" } else { "" }
    )) {
        headers.insert(ETAG, tag);
    }
    Ok(response)
}

pub(super) fn icon(_: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    Ok(content("image/svg+xml", assets::ICON))
}

/// The rules for robots: they must not index this server.
pub(super) fn robots(_: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    Ok(content(
        "text/plain; charset=utf-8",
        "User-agent: *\nDisallow: /\n",
    ))
}

/// How a browser's address bar searches.
pub(super) fn open_search<'r>(exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let base = base(&exchange);
        let description: Markup = html! {
            (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
            OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/" {
                ShortName { "Catalogue" }
                Description { "Searches films" }
                InputEncoding { "UTF-8" }
                Image width="32" height="32" type="image/svg+xml" { (base) "/favicon.svg" }
                Url type="text/html" template={ (base) "/search?q={searchTerms}" } {}
                Url type="application/x-suggestions+json" template={ (base) "/suggest?q={searchTerms}" } {}
            }
        };
        let kind = "application/opensearchdescription+xml";
        Ok(content(kind, description.into_string()))
    })
}

/// The suggestions of a browser's address bar: the words, and the titles and names, in the format of
/// OpenSearch.
pub(super) fn suggested<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let found = suggestions(&mut exchange).await?;
        let titles = found.movies.iter().map(|movie| movie.title.as_str());
        let names = found.people.iter().map(full_name);
        let shown: Vec<&str> = if found.has_people_first {
            names.chain(titles).collect()
        } else {
            titles.chain(names).collect()
        };
        let text = serde_json::json!([parameter(exchange.request, "q"), shown]).to_string();
        Ok(content("application/x-suggestions+json", text))
    })
}

/// The login page.
pub(super) fn show_login<'r>(exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let viewer = viewer(&exchange);
        let shell = Shell {
            viewer: viewer.as_ref(),
            query: "",
        };
        let next = parameter(exchange.request, "next");
        Ok(page(login_page(&shell, "", login::own_path(next), None)))
    })
}

/// Logs in by the form of the login page, and shows it again when that fails.
pub(super) fn log_in<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let request = exchange.request;
        let form = form(&request.body)?;
        let field = |name: &str| form.get(name).unwrap_or_default();
        let next = login::own_path(field("next"));
        let error = match login::begin(&mut exchange, field("user"), field("password")).await {
            Ok(cookie) => return Ok(login::see_other(next, cookie)),
            Err(error) if error.status == StatusCode::FORBIDDEN => return Err(error),
            Err(error) => error,
        };
        let shell = Shell::default();
        let mut page = page(login_page(&shell, field("user"), next, Some(&error.detail)));
        *page.status_mut() = error.status;
        problem::add_fields(&error, &mut page);
        Ok(page)
    })
}
