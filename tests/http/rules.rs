//! Roles, methods, hosts, other origins, and the description.

use catalogue::protocol::commands::RequiredRole;
use catalogue::protocol::http::{Route, Verb, routes};
use catalogue::protocol::resp::Reply;
use serde_json::Value;

use super::{serve, serve_to_keys};
use crate::support::TestServer;
use crate::support::http::{Answer, HttpClient, ask, get, send};

fn request(address: std::net::SocketAddr, route: &Route, fields: &[&str]) -> Answer {
    // A reader logs in as the account `1` at the end.
    let name = if route.path.contains("/accounts/") {
        "2"
    } else {
        "1"
    };
    let path = route.path.replace("{name}", name);
    let path = if path.contains("{file}") {
        asset(address)
    } else {
        path
    };
    let required = route
        .parameters
        .iter()
        .filter(|parameter| parameter.is_required);
    let query: Vec<_> = required
        .map(|parameter| match route.operation {
            "deleteMovieByName" => "name=2".to_owned(),
            _ => format!("{}=1", parameter.name),
        })
        .collect();
    let path = format!("{path}?{}", query.join("&"));
    // That one is chosen by its parameters.
    let path = match route.operation {
        "askOmdbAtRoot" => "/?t=1&apikey=",
        _ => path.trim_end_matches('?'),
    };
    let kind = route
        .body
        .map(|body| format!("Content-Type: {}; boundary=x", body.media_type));
    let fields: Vec<&str> = fields.iter().copied().chain(kind.as_deref()).collect();
    let body = route.body.map_or("", |_| body(route.operation));
    send(address, route.verb.as_str(), path, &fields, body)
}

/// Adds a film with a person named `1`.
fn add_person(server: &TestServer) {
    let film = r#"{"title":"Alpha","directors":[{"name":"1","person":"A. Director"}]}"#;
    server.admin().ask(&["PUT", "with-a-person", film]);
}

/// A body that a route takes.
fn body(operation: &str) -> &'static str {
    match operation {
        "logIn" => "user=1&password=1",
        "addAccount" => r#"{"name":"ann","password":"a b"}"#,
        "setRole" => r#"{"role":"reader"}"#,
        "changePassword" => r#"{"old":"1","new":"2"}"#,
        "addKey" => r#"{"name":"1","role":"admin","expires":"90d"}"#,
        "submitAccount" => "user=maria&password=a+b&role=reader",
        "submitRole" => "user=maria&role=reader",
        "submitAccountRemoval" => "user=maria",
        "submitKey" => "name=kiosk&scope=search&expires=7d",
        "submitKeyRevocation" => "name=kiosk",
        "submitImport" => FILE,
        _ => r#"{"title":"Changed"}"#,
    }
}

/// A form with a file.
const FILE: &str = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n\
                    name,title\na,Alpha\n\r\n--x--\r\n";

/// The path of a file that pages load.
fn asset(address: std::net::SocketAddr) -> String {
    let page = get(address, "/login").body;
    let begin = page.find("/assets/").unwrap();
    page[begin..].split('"').next().unwrap().to_owned()
}

/// Every route of the table without a key, and with the key of each role.
#[test]
fn every_route_requires_its_role() {
    let closed = TestServer::start_with(&["--http", "127.0.0.1:0"]);
    let address = closed.http_address();
    let (open, open_address) = serve(&[]);
    [&closed, &open].into_iter().for_each(add_person);
    let [reader, admin] = ["reader", "admin"].map(|role| key(&closed, role, &["ROLE", role]));
    for route in routes() {
        let role = route.access.role();
        let status = |address, fields: &[&str]| request(address, route, fields).status;
        let success = route.answer.status;
        let [anonymous, of_reader, of_wrong_key] = match role {
            RequiredRole::Anyone => [success; 3],
            // Keys and anonymous callers have no password to change.
            RequiredRole::Reader if route.operation == "changePassword" => [403, 403, 401],
            RequiredRole::Reader if route.operation == "submitOwnPassword" => [400, 400, 401],
            RequiredRole::Reader => [success, success, 401],
            RequiredRole::Admin => [401, 403, 401],
        };
        let to_login = |status| if_page(route, status);
        let [anonymous, of_wrong_key] = [anonymous, of_wrong_key].map(to_login);
        let unauthenticated = if role == RequiredRole::Anyone {
            success
        } else {
            to_login(401)
        };
        let name = route.operation;
        let refused = request(address, route, &[]);
        assert_eq!(refused.status, unauthenticated, "{name}: {refused:?}");
        assert_eq!(
            refused.field("www-authenticate").is_some(),
            refused.status == 401
        );
        for wrong in [
            "Bearer wrong",
            "Bearer ",
            "Basic MTox",
            &format!("Bearer {reader}x"),
        ] {
            let field = format!("Authorization: {wrong}");
            assert_eq!(status(address, &[&field]), of_wrong_key, "{name} {wrong}");
        }
        assert_eq!(status(open_address, &[]), anonymous, "{name}");
        let field = format!("Authorization: Bearer {reader}");
        assert_eq!(status(address, &[&field]), of_reader, "{name}");
    }
    // Removals last, so that the movie of the other routes is there.
    let mut all: Vec<&Route> = routes().collect();
    all.sort_by_key(|route| route.verb == Verb::Delete);
    for route in all {
        let field = format!("Authorization: bearer {admin}");
        let answered = request(address, route, &[&field]);
        // A key has no password to change.
        let expected = match route.operation {
            "submitPassword" | "submitOwnPassword" => 400,
            "changePassword" => 403,
            _ => route.answer.status,
        };
        let name = route.operation;
        assert_eq!(answered.status, expected, "{name}: {answered:?}");
    }
    let responses = |server: &TestServer| server.metric(&mut server.reader(), "http_responses");
    // The path of the asset was asked for each time.
    let number = routes().count() as u64 + 1;
    assert_eq!((responses(&closed), responses(&open)), (7 * number, number));
}

/// The status of a refusal: a page sends a browser to the login.
fn if_page(route: &Route, status: u16) -> u16 {
    if status == 401 && is_page(route) {
        303
    } else {
        status
    }
}

/// Whether a route refuses with a page.
fn is_page(route: &Route) -> bool {
    !route.policy.content_security.is_empty() && !["/options", "/suggest"].contains(&route.path)
}

/// Makes a key with these options of `KEY ADD`.
#[track_caller]
pub fn key(server: &TestServer, name: &str, options: &[&str]) -> String {
    let words = [&["KEY", "ADD", name], options].concat();
    match server.admin().ask(&words) {
        Reply::Bulk(key) => String::from_utf8(key.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// On an open connection, at the next request.
#[test]
fn a_revoked_key_ends_at_once() {
    let server = TestServer::start_with(&["--http", "127.0.0.1:0"]);
    let address = server.http_address();
    let (one, other) = (key(&server, "one", &[]), key(&server, "other", &[]));
    let mut client = HttpClient::connect(address);
    let mut status = |path: &str, key: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n");
        client.send(format!("{head}Authorization: Bearer {key}\r\n\r\n"));
        client.answer().status
    };
    let path = "/api/v1/movies/1";
    assert_eq!(
        [status(path, &one), status(path, &one), status(path, &other)],
        [200; 3]
    );
    assert_eq!(status("/api/v1/audit", &one), 403);
    server.admin().ask(&["KEY", "REVOKE", "one"]);
    assert_eq!(
        [
            status(path, &other),
            status(path, &one),
            status(path, &other)
        ],
        [200, 401, 200]
    );
    server.admin().ask(&["KEY", "REVOKE", "other"]);
    assert_eq!(
        [status(path, &other), status("/healthz", &other)],
        [401, 200]
    );
}

#[test]
fn methods_that_a_path_lacks_are_refused_with_those_that_it_has() {
    let (_server, address) = serve(&[]);
    let refused = ask(address, "PATCH", "/api/v1/movies/1");
    assert_eq!(
        refused.field("allow"),
        Some("get, head, put, delete, options")
    );
    assert_eq!(refused.problem().0, 405);
    let refused = ask(address, "DELETE", "/api/v1/count");
    assert_eq!(refused.problem().0, 405);
    let options = ask(address, "OPTIONS", "/api/v1/count");
    assert_eq!(
        (options.status, options.field("allow")),
        (204, Some("get, head, options"))
    );
    let nothing = get(address, "/api/v1/nothing").problem();
    assert_eq!(nothing, (404, "there is nothing at this path".to_owned()));
}

#[test]
fn pages_of_other_origins_may_read_with_a_key() {
    let (_server, address) = serve(&[]);
    let fields = [
        "Origin: https://films.example",
        "Access-Control-Request-Method: PUT",
    ];
    let preflight = send(address, "OPTIONS", "/api/v1/movies/1", &fields, "");
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.field("access-control-allow-origin"), Some("*"));
    let methods = preflight.field("access-control-allow-methods").unwrap();
    assert!(methods.contains("put") && methods.contains("delete"));
    let fields = preflight.field("access-control-allow-headers").unwrap();
    assert!(fields.contains("authorization"), "{fields}");
    assert_eq!(preflight.field("access-control-allow-credentials"), None);
    let read = get(address, "/api/v1/movies/1");
    assert_eq!(read.field("access-control-allow-origin"), Some("*"));
    assert_eq!(read.field("x-content-type-options"), Some("nosniff"));
    assert_eq!(read.field("cache-control"), Some("no-cache"));
    let health = get(address, "/healthz");
    assert_eq!(health.field("access-control-allow-origin"), None);
}

#[test]
fn a_page_whose_name_resolves_to_this_machine_is_refused() {
    let (_server, address) = serve(&["--http-host", "movies.example"]);
    let status = |host: &str| {
        let field = format!("Host: {host}");
        send(address, "GET", "/api/v1/count", &[&field], "").status
    };
    for host in [
        address.to_string().as_str(),
        "localhost",
        "localhost:80",
        "movies.example",
        "MOVIES.example:5880",
    ] {
        assert_eq!(status(host), 200, "{host}");
    }
    for host in ["evil.example", "192.0.2.1", "movies.example.evil.example"] {
        assert_eq!(status(host), 421, "{host}");
    }
    let twice = ["Host: localhost", "Host: localhost"];
    assert_eq!(
        send(address, "GET", "/api/v1/count", &twice, "").status,
        400
    );
    // The host of a target in absolute form replaces `Host`.
    for (authority, host, status) in [
        ("movies.example", "evil.example", 200),
        ("localhost:80", "localhost", 200),
        ("evil.example", "evil.example", 421),
        ("evil.example", "localhost", 421),
        ("localhost@evil.example", "localhost", 421),
        ("www.omdbapi.com", "www.omdbapi.com", 421),
    ] {
        let target = format!("http://{authority}/api/v1/count");
        let answer = send(address, "GET", &target, &[&format!("Host: {host}")], "");
        assert_eq!(answer.status, status, "{authority}, {host}");
    }
    let mut without = HttpClient::connect(address);
    without.send("GET /api/v1/count HTTP/1.1\r\n\r\n");
    assert_eq!(without.answer().status, 400);
    let mut absolute = HttpClient::connect(address);
    absolute.send("GET http://localhost/api/v1/count HTTP/1.1\r\n\r\n");
    assert_eq!(absolute.answer().status, 400);
}

#[test]
fn a_key_for_searches_gets_the_page_of_results() {
    let (server, address) = serve_to_keys(&[]);
    let key = key(&server, "page", &["SEARCH-ONLY"]);
    let field = format!("Authorization: Bearer {key}");
    let page = |path: &str| send(address, "GET", path, &[&field], "");
    let found = page("/search?q=alien");
    assert!(
        found.status == 200 && found.body.contains("/film/2"),
        "{found:?}"
    );
    assert_eq!(page("/film/2").status, 403);
}

/// The cookie of a login does not permit changes by a page of another site.
#[test]
fn another_site_changes_nothing_with_a_cookie() {
    let (_server, address) = serve(&[]);
    for field in ["Origin: http://evil.example", "Sec-Fetch-Site: cross-site"] {
        let fields = ["Cookie: session=x", field];
        let refused = send(address, "DELETE", "/api/v1/movies/1", &fields, "");
        let detail = "a page of another site may not do this with your login";
        assert_eq!(refused.problem(), (403, detail.to_owned()));
    }
}

/// Every path, method, parameter and role of the table is described.
#[test]
fn the_description_is_that_of_the_table() {
    let (_server, address) = serve(&[]);
    let described = get(address, "/api/v1/openapi.json").json();
    assert_eq!(described["openapi"], "3.1.0");
    for route in routes().filter(|route| route.path.starts_with("/api/")) {
        let operation = &described["paths"][route.path][route.verb.as_str().to_lowercase()];
        assert_eq!(operation["operationId"], route.operation);
        let parameters = operation["parameters"].as_array().unwrap();
        let captured = route.path.matches('{').count();
        assert_eq!(parameters.len(), captured + route.parameters.len());
        let is_open = route.access.role() == RequiredRole::Anyone;
        assert_eq!(operation["security"] == Value::Null, is_open);
        assert_eq!(
            operation["requestBody"] == Value::Null,
            route.body.is_none()
        );
        assert!(route.verb != Verb::Get || route.body.is_none());
    }
}
