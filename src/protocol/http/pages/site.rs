//! Files that browsers and robots ask for.

use hyper::header::{CACHE_CONTROL, CONTENT_ENCODING, ETAG, HOST, HeaderValue};
use maud::{Markup, PreEscaped, html};

use super::super::error::HttpError;
use super::super::message::HttpResponse;
use super::super::request::HttpRequest;
use super::super::response::{accepts_gzip, content};
use super::super::route::{Exchange, TaskFuture};
use super::assets;
use super::layout::Shell;
use super::login::login_page;
use super::public::{movies_of, parameter};
use super::respond::{html as page, viewer};
use crate::api::Answer;

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

/// The icon.
pub(super) fn icon(_: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    Ok(content("image/svg+xml", assets::ICON))
}

/// The rules for robots: a catalogue of one's own is for its own people.
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

/// The suggestions of a browser's address bar: the words and the titles, as OpenSearch wants
/// them.
pub(super) fn suggested(
    answer: Answer,
    request: &HttpRequest<'_>,
) -> Result<HttpResponse, HttpError> {
    let movies = movies_of(answer)?;
    let titles: Vec<&str> = movies.iter().map(|movie| movie.title.as_str()).collect();
    let text = serde_json::json!([parameter(request, "q"), titles]).to_string();
    Ok(content("application/x-suggestions+json", text))
}

/// The login page.
pub(super) fn login<'r>(exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let viewer = viewer(&exchange);
        let shell = Shell {
            viewer: viewer.as_ref(),
            query: "",
        };
        let next = parameter(exchange.request, "next");
        Ok(page(login_page(&shell, "", own_path(next), None)))
    })
}

/// A path of this server. Every other text becomes the front page, so that no link to the login
/// leads to another site afterwards.
pub(super) fn own_path(next: &str) -> &str {
    let is_own = next.starts_with('/') && !next.starts_with("//");
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    if is_own && next.bytes().all(is_plain) {
        next
    } else {
        "/"
    }
}

/// The address of the server, as the browser knows it. `Host` was checked before.
pub(super) fn base(exchange: &Exchange<'_, '_>) -> String {
    let host = exchange.request.header(HOST).unwrap_or_default();
    let scheme = if exchange.caller.session.is_secure {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn a_login_leads_to_no_other_site() {
        for path in ["/", "/admin", "/film/a%2Fb?season=1"] {
            assert_eq!(own_path(path), path);
        }
        for other in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a b",
            "/\n",
        ] {
            assert_eq!(own_path(other), "/", "{other:?}");
        }
    }
}
