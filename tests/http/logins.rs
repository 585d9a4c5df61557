//! Logins of people by a form and a cookie.

use std::io::{Read, Write};
use std::net::SocketAddr;

use crate::support::http::{Answer, send};
use crate::support::{Cli, TestServer};

use super::serve_to_keys;

pub const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

pub fn log_in(address: SocketAddr, fields: &[&str], form: &str) -> Answer {
    let fields = [&[FORM][..], fields].concat();
    send(address, "POST", "/login", &fields, form)
}

/// The cookie that an answer sets, as a browser sends it back.
#[track_caller]
pub fn cookie(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{answer:?}");
    let field = answer
        .raw_head
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "));
    let field = field.unwrap_or_else(|| panic!("{answer:?}"));
    let (pair, attributes) = field.split_once("; ").unwrap();
    assert_eq!(
        attributes,
        "Max-Age=604800; Path=/; HttpOnly; SameSite=Strict"
    );
    format!("Cookie: {pair}")
}

fn count(address: SocketAddr, fields: &[&str]) -> u16 {
    send(address, "GET", "/api/v1/count", fields, "").status
}

#[test]
fn a_password_logs_a_browser_in_until_it_logs_out() {
    let (_server, address) = serve_to_keys(&[]);
    assert_eq!(count(address, &[]), 401);
    let answer = log_in(address, &[], "user=1&password=1&next=%2Ffilm%2F1");
    assert_eq!(answer.field("location"), Some("/film/1"));
    assert_eq!(answer.field("cache-control"), Some("private, no-store"));
    let cookie = cookie(&answer);
    assert_eq!(count(address, &[&cookie]), 200);
    let other = log_in(address, &[], "user=1&password=1&next=%2F%2Fevil.example");
    assert_eq!(other.field("location"), Some("/"));
    let put = |cookie: &str| {
        let fields = [cookie, "Content-Type: application/json"];
        send(
            address,
            "PUT",
            "/api/v1/movies/7",
            &fields,
            r#"{"title":"Heat"}"#,
        )
        .status
    };
    assert_eq!(put(&cookie), 403);
    let admin = self::cookie(&log_in(address, &[], "user=admin&password=mdp"));
    assert!(matches!(put(&admin), 201 | 204));
    let answer = send(address, "POST", "/logout", &[&cookie], "");
    assert_eq!((answer.status, answer.field("location")), (303, Some("/")));
    let removed = "session=; max-age=0; path=/; httponly; samesite=strict";
    assert_eq!(answer.field("set-cookie"), Some(removed));
    assert_eq!(count(address, &[&cookie]), 401);
    assert_eq!(count(address, &[&self::cookie(&other)]), 200);
}

#[test]
fn a_wrong_password_is_refused_and_delayed() {
    let (_server, address) = serve_to_keys(&[]);
    for form in ["user=1&password=2", "user=nobody&password=1", "user=1", ""] {
        let answer = log_in(address, &[], form);
        assert_eq!(
            (answer.status, answer.field("set-cookie")),
            (401, None),
            "{form}"
        );
        assert!(answer.body.contains("wrong user or password"), "{answer:?}");
    }
    // Each guess is another one, so that it counts.
    let delayed = (0..20).map(|guess| log_in(address, &[], &format!("user=2&password=x{guess}")));
    let delayed = delayed.into_iter().find(|answer| answer.status == 429);
    let delayed = delayed.expect("a delay");
    assert!(delayed.field("retry-after").is_some(), "{delayed:?}");
    let json = send(
        address,
        "POST",
        "/login",
        &["Content-Type: application/json"],
        "{}",
    );
    assert_eq!(json.status, 415);
}

/// As for every session of an account.
#[test]
fn a_login_ends_when_its_account_changes() {
    let (server, address) = serve_to_keys(&[]);
    let cookies = [(); 2].map(|()| cookie(&log_in(address, &[], "user=1&password=1")));
    let other = cookie(&log_in(address, &[], "user=2&password=2"));
    Cli::new(["passwd", "1"])
        .stdin("new\n")
        .stdout("changed the password of `1`\n")
        .run(server.folder());
    for cookie in &cookies {
        for _ in 0..2 {
            assert_eq!(count(address, &[cookie]), 401);
        }
    }
    assert_eq!(count(address, &[&other]), 200);
    let again = cookie(&log_in(address, &[], "user=1&password=new"));
    assert_eq!(count(address, &[&again]), 200);
}

#[test]
fn a_page_of_another_site_does_nothing_with_the_cookie() {
    let (_server, address) = serve_to_keys(&[]);
    let admin = cookie(&log_in(address, &[], "user=admin&password=mdp"));
    let own = format!("Origin: http://{address}");
    for (field, is_own) in [
        ("Sec-Fetch-Site: cross-site", false),
        ("Sec-Fetch-Site: same-site", false),
        ("Origin: http://evil.example", false),
        ("Origin: null", false),
        ("Sec-Fetch-Site: same-origin", true),
        (own.as_str(), true),
    ] {
        let delete = send(address, "DELETE", "/api/v1/movies/9", &[&admin, field], "");
        assert_eq!(delete.status, if is_own { 404 } else { 403 }, "{field}");
        let login = log_in(address, &[field], "user=1&password=1");
        assert_eq!(login.status, if is_own { 303 } else { 403 }, "{field}");
        let logout = send(address, "POST", "/logout", &[&admin, field], "");
        assert_eq!(logout.status, if is_own { 303 } else { 403 }, "{field}");
        if is_own {
            break;
        }
    }
}

#[test]
fn with_tls_the_cookie_is_of_this_host_alone() {
    let server = TestServer::start_tls(&["--http", "127.0.0.1:0"]);
    let form = "user=1&password=1";
    let request = format!(
        "POST /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{FORM}\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut stream = server.tls_stream(server.http_address());
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let field = answer.lines().find(|line| line.starts_with("set-cookie: "));
    let field = field.unwrap_or_else(|| panic!("{answer}"));
    assert!(
        field.starts_with("set-cookie: __Host-session=cat_"),
        "{field}"
    );
    assert!(
        field.ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"),
        "{field}"
    );
}

#[test]
fn a_reader_changes_the_own_password_on_a_page() {
    let (_server, address) = serve_to_keys(&[]);
    let cookie = cookie(&log_in(address, &[], "user=1&password=1"));
    let page = |path: &str| send(address, "GET", path, &[&cookie], "").body;
    assert!(page("/account").contains("Change your password"));
    let change = |form: &str| send(address, "POST", "/account", &[FORM, &cookie], form);
    let wrong = change("old=wrong&new=a+new+password");
    assert!(
        wrong.status >= 400 && wrong.body.contains("role=\"alert\""),
        "{wrong:?}"
    );
    let changed = change("old=1&new=a+new+password");
    assert_eq!(
        (changed.status, changed.field("location")),
        (303, Some("/account?done=1"))
    );
    assert!(page("/account?done=1").contains("was changed"));
    assert_eq!(count(address, &[&cookie]), 200);
    let again = log_in(address, &[], "user=1&password=a+new+password");
    assert_eq!(again.status, 303);
    let other_site = [FORM, &cookie, "Origin: http://evil.example"];
    let refused = send(address, "POST", "/account", &other_site, "old=1&new=2");
    assert_eq!(refused.status, 403);
}
