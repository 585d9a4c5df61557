//! Tests of accounts over HTTP: the JSON API, and the passwords of logins in a browser.

use std::net::SocketAddr;

use catalogue::config::limits;
use serde_json::json;

use super::logins::{FORM, cookie, log_in};
use super::{key, serve_to_keys};
use crate::support::http::{Answer, send};

const JSON: &str = "Content-Type: application/json";

fn ask(address: SocketAddr, method: &str, path: &str, login: &str, body: &str) -> Answer {
    send(address, method, path, &[login, JSON], body)
}

#[test]
fn an_admin_changes_accounts() {
    let (server, address) = serve_to_keys(&[]);
    let admin = key(&server, "admin", &["ROLE", "admin"]);
    let admin = format!("Authorization: Bearer {admin}");
    let accounts = "/api/v1/accounts";
    let add = |body: &str| ask(address, "POST", accounts, &admin, body);
    let added = add(r#"{"name":"maria","password":"a long one"}"#);
    assert_eq!(added.status, 201, "{added:?}");
    assert_eq!(added.json(), json!({ "name": "maria", "role": "reader" }));
    assert_eq!(added.field("cache-control"), Some("private, no-store"));
    let listed = ask(address, "GET", accounts, &admin, "").json();
    let listed = listed["accounts"].as_array().unwrap();
    let maria = listed.iter().find(|account| account["name"] == "maria");
    assert_eq!(maria.unwrap()["role"], "reader");
    assert!(maria.unwrap()["added"].as_i64() > Some(1_700_000_000));
    let login = || log_in(address, &[], "user=maria&password=a+long+one");
    let of_maria = cookie(&login());
    let count = || ask(address, "GET", "/api/v1/count", &of_maria, "").status;
    assert_eq!(count(), 200);
    assert_eq!(ask(address, "GET", accounts, &of_maria, "").status, 403);
    let role = |name: &str, body: &str| {
        ask(
            address,
            "PUT",
            &format!("{accounts}/{name}/role"),
            &admin,
            body,
        )
    };
    assert_eq!(role("maria", r#"{"role":"admin"}"#).status, 204);
    assert_eq!(count(), 401);
    let of_maria = cookie(&login());
    assert_eq!(ask(address, "GET", accounts, &of_maria, "").status, 200);
    let remove = |name: &str| ask(address, "DELETE", &format!("{accounts}/{name}"), &admin, "");
    assert_eq!(remove("maria").status, 204);
    assert_eq!(ask(address, "GET", accounts, &of_maria, "").status, 401);
}

#[test]
fn invalid_changes_of_accounts_are_refused() {
    let (server, address) = serve_to_keys(&[]);
    let admin = key(&server, "admin", &["ROLE", "admin"]);
    let admin = format!("Authorization: Bearer {admin}");
    let accounts = "/api/v1/accounts";
    let add = |body: &str| ask(address, "POST", accounts, &admin, body);
    let remove = |name: &str| ask(address, "DELETE", &format!("{accounts}/{name}"), &admin, "");
    let role = |name: &str, body: &str| {
        ask(
            address,
            "PUT",
            &format!("{accounts}/{name}/role"),
            &admin,
            body,
        )
    };
    for (refused, status, detail) in [
        (remove("maria"), 404, "no user `maria`"),
        (remove("admin"), 409, "`admin` is the last admin and stays"),
        (
            role("admin", r#"{"role":"reader"}"#),
            409,
            "`admin` is the last admin and stays",
        ),
        (role("1", r#"{"role":"owner"}"#), 400, "reader"),
        (
            add(r#"{"name":"1","password":"x"}"#),
            409,
            "user `1` exists already",
        ),
        (
            add(r#"{"name":"x","password":""}"#),
            400,
            "the password is empty",
        ),
        (add(r#"{"name":"x"}"#), 400, "missing field `password`"),
        (
            add(r#"{"name":"x","password":"y","admin":true}"#),
            400,
            "unknown field `admin`",
        ),
        (add(r#"{"name":"key:x","password":"y"}"#), 400, "API key"),
    ] {
        let (given, words) = refused.problem();
        assert_eq!(given, status, "{words}");
        assert!(words.contains(detail), "{words}");
    }
    let long = format!(
        r#"{{"name":"x","password":"{}"}}"#,
        "y".repeat(limits::MAX_FORM_BYTES)
    );
    assert_eq!(add(&long).problem().0, 413);
}

#[test]
fn a_change_of_the_own_password_keeps_the_login() {
    let (server, address) = serve_to_keys(&[]);
    let (one, other) = (
        cookie(&log_in(address, &[], "user=1&password=1")),
        cookie(&log_in(address, &[], "user=1&password=1")),
    );
    let change = |login: &str, body: &str| ask(address, "PUT", "/api/v1/password", login, body);
    let wrong = change(&one, r#"{"old":"2","new":"a longer one"}"#);
    assert_eq!(wrong.problem(), (401, "wrong password".to_owned()));
    assert_eq!(change(&one, r#"{"old":"1","new":""}"#).status, 400);
    assert_eq!(
        change(&one, r#"{"old":"1","new":"a \"longer\" one"}"#).status,
        204
    );
    let count = |login: &str| ask(address, "GET", "/api/v1/count", login, "").status;
    assert_eq!((count(&one), count(&other)), (200, 401));
    let of_key = key(&server, "one", &[]);
    let of_key = change(
        &format!("Authorization: Bearer {of_key}"),
        r#"{"old":"1","new":"2"}"#,
    );
    let detail = "an API key has no password, revoke it and add another";
    assert_eq!(of_key.problem(), (403, detail.to_owned()));
    assert_eq!(change("X: y", r#"{"old":"1","new":"2"}"#).status, 401);
    // The page does the same.
    let admin = cookie(&log_in(address, &[], "user=admin&password=mdp"));
    let form = "old=mdp&new=a+new+one";
    let changed = send(
        address,
        "POST",
        "/admin/accounts/password",
        &[&admin, FORM],
        form,
    );
    assert_eq!(
        (changed.status, changed.field("location")),
        (303, Some("/admin/accounts"))
    );
    let page = send(address, "GET", "/admin/accounts", &[&admin], "");
    assert_eq!(page.status, 200);
}

#[test]
fn the_page_of_accounts_changes_roles() {
    let (_server, address) = serve_to_keys(&[]);
    let admin = cookie(&log_in(address, &[], "user=admin&password=mdp"));
    let page = || send(address, "GET", "/admin/accounts", &[&admin], "").body;
    assert_eq!(page().matches("Make admin").count(), 2);
    // An admin cannot remove the own role with one click.
    assert_eq!(page().matches("Make reader").count(), 0);
    let form = "user=1&role=admin";
    let done = send(
        address,
        "POST",
        "/admin/accounts/role",
        &[&admin, FORM],
        form,
    );
    assert_eq!(done.status, 303);
    assert_eq!(page().matches("Make reader").count(), 1);
}
