//! The rule against requests that another site's page makes with the cookie of a login.

use hyper::Method;
use hyper::header::{HOST, HeaderMap, ORIGIN};

use super::request::header;

/// Whether a request with a cookie may have the effect of its method. A browser says where a
/// request comes from in `Sec-Fetch-Site`, and over plaintext to another machine only in
/// `Origin`. A request with neither does not come from a page.
pub(super) fn is_own(method: &Method, headers: &HeaderMap) -> bool {
    if method.is_safe() {
        return true;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    if !headers.contains_key(ORIGIN) {
        return true;
    }
    let origin = header(headers, ORIGIN).and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, host)| header(headers, HOST) == Some(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{HeaderName, HeaderValue};

    fn is_own(method: Method, fields: &[(&'static str, &'static str)]) -> bool {
        let field = |(name, value): &(&'static str, &'static str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        super::is_own(&method, &fields.iter().map(field).collect())
    }

    #[test]
    fn an_unsafe_method_needs_the_same_origin() {
        let host = ("host", "movies.example:5880");
        for fields in [
            &[host][..],
            &[host, ("sec-fetch-site", "same-origin")],
            &[host, ("sec-fetch-site", "none")],
            &[host, ("origin", "http://movies.example:5880")],
        ] {
            assert!(is_own(Method::POST, fields), "{fields:?}");
        }
        for fields in [
            &[host, ("sec-fetch-site", "cross-site")][..],
            &[host, ("sec-fetch-site", "same-site")],
            &[host, ("origin", "http://evil.example")],
            &[host, ("origin", "http://movies.example")],
            &[host, ("origin", "null")],
            &[
                host,
                ("sec-fetch-site", "cross-site"),
                ("origin", "http://movies.example:5880"),
            ],
        ] {
            assert!(!is_own(Method::POST, fields), "{fields:?}");
            assert!(!is_own(Method::DELETE, fields), "{fields:?}");
            assert!(is_own(Method::GET, fields), "{fields:?}");
        }
    }
}
