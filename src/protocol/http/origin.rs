//! The rule against requests that another site's page makes with the cookie of a login.

use hyper::header::ORIGIN;
use hyper::http::request::Parts;

use super::host::host_of;
use super::request::header;

/// Whether a request with a cookie may have the effect of its method. A browser says where a
/// request comes from in `Sec-Fetch-Site`, and over plaintext to another machine only in
/// `Origin`. A request with neither does not come from a page.
pub(super) fn is_own(head: &Parts) -> bool {
    let headers = &head.headers;
    if head.method.is_safe() {
        return true;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    if !headers.contains_key(ORIGIN) {
        return true;
    }
    let origin = header(headers, ORIGIN).and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, host)| host_of(head) == Some(host))
}

#[cfg(test)]
mod tests {
    use hyper::{Method, Request};

    fn is_own(method: Method, fields: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method(method).uri("/");
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        super::is_own(&request.body(()).unwrap().into_parts().0)
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
