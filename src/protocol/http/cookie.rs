//! The cookie of a login: an opaque id that no script can read and no other site can send.

use hyper::header::{COOKIE, HeaderMap, HeaderValue};

use crate::auth::ApiKey;
use crate::config::limits;

/// Its name. With TLS the prefix has browsers refuse the cookie unless it is `Secure` and of
/// this host alone.
fn name(is_secure: bool) -> &'static str {
    if is_secure {
        "__Host-session"
    } else {
        "session"
    }
}

/// The id in the cookie of a request, if it has one.
pub(super) fn session_id(headers: &HeaderMap, is_secure: bool) -> Option<&[u8]> {
    let fields = headers.get_all(COOKIE).into_iter();
    let mut pairs = fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b';'));
    pairs.find_map(|pair| {
        let pair = pair.trim_ascii().strip_prefix(name(is_secure).as_bytes())?;
        pair.strip_prefix(b"=")
    })
}

/// The field that sets the cookie.
pub(super) fn set(id: &ApiKey, is_secure: bool) -> HeaderValue {
    field(
        id.expose(),
        is_secure,
        limits::WEB_SESSION_LIFETIME.as_secs(),
    )
}

/// The field that removes the cookie.
pub(super) fn removal(is_secure: bool) -> HeaderValue {
    field(b"", is_secure, 0)
}

fn field(id: &[u8], is_secure: bool, max_age: u64) -> HeaderValue {
    let secure = if is_secure { "; Secure" } else { "" };
    let attributes = format!("; Max-Age={max_age}; Path=/; HttpOnly; SameSite=Strict{secure}");
    let parts = [name(is_secure).as_bytes(), b"=", id, attributes.as_bytes()];
    // The id has only letters, digits, `-` and `_`.
    let field = HeaderValue::from_bytes(&parts.concat());
    let mut field = field.unwrap_or(HeaderValue::from_static(""));
    field.set_sensitive(true);
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_found_among_other_cookies() {
        let find = |fields: &[&'static str], is_secure| {
            let fields = fields
                .iter()
                .map(|field| (COOKIE, HeaderValue::from_static(field)));
            let headers: HeaderMap = fields.collect();
            session_id(&headers, is_secure).map(<[u8]>::to_vec)
        };
        for (fields, is_secure, id) in [
            (&["session=a"][..], false, Some("a")),
            (&["theme=dark; session=a; x=y"], false, Some("a")),
            (&["sessions=b"], false, None),
            (&["session=a"], true, None),
            (&["__Host-session=a;session=b"], true, Some("a")),
            (&["__Host-session=a"], false, None),
            (&[""], false, None),
            (&[], false, None),
        ] {
            let expected = id.map(|id| id.as_bytes().to_vec());
            assert_eq!(find(fields, is_secure), expected, "{fields:?}");
        }
    }

    #[test]
    fn no_script_and_no_other_site_gets_the_cookie() {
        let id = ApiKey::generate().unwrap();
        let text = std::str::from_utf8(id.expose()).unwrap();
        let attributes = "Max-Age=604800; Path=/; HttpOnly; SameSite=Strict";
        assert_eq!(set(&id, false), format!("session={text}; {attributes}"));
        let secure = format!("__Host-session={text}; {attributes}; Secure");
        assert_eq!(set(&id, true), secure);
        assert!(set(&id, true).is_sensitive());
        let removed = "session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict";
        assert_eq!(removal(false), removed);
    }
}
