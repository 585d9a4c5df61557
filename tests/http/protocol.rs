//! Tests of requests from all kinds of clients: versions and methods of HTTP, forms of targets,
//! bodies, conditions and encodings.

use catalogue::config::limits;
use catalogue::protocol::http::{Verb, routes};

use super::{key, serve, serve_to_keys};
use crate::support::http::{Answer, HttpClient, ask, exchange, get, send};
use crate::support::{Cli, Folder, TestServer, wait_for};

/// The status and the body of the answer to these bytes. Then the server closes the connection.
fn raw(address: std::net::SocketAddr, request: &str) -> Option<Answer> {
    exchange(address, request.replace('\n', "\r\n").as_bytes())
}

const JSON: &str = "Content-Type: application/json";
const END: &str = "Host: localhost\nConnection: close\n";

#[test]
fn old_and_unusual_requests_are_answered() {
    let (_server, address) = serve(&[]);
    let count = "{\"movies\":3}";
    for request in [
        format!("GET /api/v1/count HTTP/1.1\n{END}\n"),
        "GET /api/v1/count HTTP/1.0\n\n".to_owned(),
        format!("GET http://localhost/api/v1/count HTTP/1.1\n{END}\n"),
        format!("\n\nGET /api/v1/count HTTP/1.1\n{END}\n"),
        format!("GET /api/v1/count HTTP/1.1\n{END}Upgrade: h2c\n\n"),
        format!("GET /api/v1/count HTTP/1.1\n{END}Expect: 100-continue\n\n"),
        format!("GET /api/v1/count HTTP/1.1\n{END}Range: bytes=0-3\n\n"),
        format!("GET /api/v1/count HTTP/1.1\n{END}Accept: image/png\n\n"),
        format!("GET /api/v1/count HTTP/1.1\n{END}Transfer-Encoding: chunked\n\n3\nabc\n0\n\n"),
    ] {
        let request = request.replace('\n', "\r\n");
        let answer = exchange(address, request.as_bytes()).unwrap_or_else(|| panic!("{request}"));
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (200, count),
            "{request}"
        );
        assert_eq!(answer.field("content-range"), None);
    }
    let lines = "GET /api/v1/count HTTP/1.1\nHost: localhost\nConnection: close\n\n";
    assert_eq!(exchange(address, lines.as_bytes()).unwrap().body, count);
    // A client of HTTP/1.0 that asks for it gets a second answer.
    let mut client = HttpClient::connect(address);
    for _ in 0..2 {
        client.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assert_eq!(client.answer().field("connection"), Some("keep-alive"));
    }
    // The body of a GET is not the next request.
    let mut client = HttpClient::connect(address);
    let head = "GET /api/v1/count HTTP/1.1\r\nHost: localhost\r\n";
    client.send(format!("{head}Content-Length: 3\r\n\r\nabc{head}\r\n"));
    assert_eq!([client.answer().body, client.answer().body], [count, count]);
}

#[test]
fn every_path_answers_head_like_get_and_options_with_its_methods() {
    let (_server, address) = serve(&[]);
    for route in routes().filter(|route| route.verb == Verb::Get) {
        let path = route.path.replace("{name}", "1").replace("{file}", "none");
        // These two change with time.
        if path.starts_with("/admin") || path == "/api/v1/metrics" {
            continue;
        }
        let [head, get] = ["HEAD", "GET"].map(|method| ask(address, method, &path));
        let name = route.operation;
        assert_eq!(
            (head.status, head.body.as_str()),
            (get.status, ""),
            "{name}"
        );
        for field in ["content-length", "content-type", "etag"] {
            assert_eq!(head.field(field), get.field(field), "{name} {field}");
        }
    }
    for route in routes() {
        let path = route.path.replace("{name}", "1").replace("{file}", "none");
        let options = ask(address, "OPTIONS", &path);
        let allow = options.field("allow").unwrap_or_default().to_uppercase();
        assert_eq!(options.status, 204, "{path}");
        assert!(
            allow
                .split(", ")
                .any(|method| method == route.verb.as_str()),
            "{path}: {allow}"
        );
        for method in ["TRACE", "PATCH", "BREW"] {
            let refused = ask(address, method, &path);
            assert_eq!(refused.status, 405, "{method} {path}");
            assert_eq!(refused.field("allow"), options.field("allow"), "{path}");
        }
    }
    let all = raw(address, &format!("OPTIONS * HTTP/1.1\n{END}\n")).unwrap();
    assert_eq!(all.status, 204);
    assert_eq!(
        all.field("allow"),
        Some("get, head, put, post, delete, options")
    );
}

/// A browser gets a page and a program gets JSON, also on paths without a route.
#[test]
fn refusals_have_the_form_that_the_client_accepts() {
    let (_server, address) = serve(&[]);
    let html = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";
    for (path, field, form) in [
        ("/nothing", html, "text/html; charset=utf-8"),
        ("/film/", html, "text/html; charset=utf-8"),
        ("/nothing", "Accept: */*", "application/problem+json"),
        ("/api/v1/nothing", html, "application/problem+json"),
        (
            "/film/none",
            "Accept: application/json",
            "text/html; charset=utf-8",
        ),
    ] {
        let refused = send(address, "GET", path, &[field], "");
        assert_eq!(
            (refused.status, refused.field("content-type")),
            (404, Some(form)),
            "{path}"
        );
    }
    let other = send(address, "GET", "/", &["Host: evil.example"], "");
    assert_eq!(
        (other.status, other.field("content-type")),
        (421, Some("text/html; charset=utf-8"))
    );
    let other = send(address, "GET", "/healthz", &["Host: evil.example"], "");
    assert_eq!(
        other.field("content-type"),
        Some("text/plain; charset=utf-8")
    );
}

#[test]
fn bodies_of_every_form_are_read_up_to_their_limit() {
    let (server, address) = serve_to_keys(&[]);
    let admin = format!(
        "Authorization: Bearer {}",
        key(&server, "k", &["ROLE", "admin"])
    );
    let head = format!("PUT /api/v1/movies/7 HTTP/1.1\n{END}{admin}\n{JSON}\n");
    let chunked = format!(
        "{head}Transfer-Encoding: chunked\n\n8;a=b\n{{\"title\"\n5\n:\"x\"}}\n0\nTrailer: y\n\n"
    );
    assert_eq!(raw(address, &chunked).unwrap().status, 204);
    // A client that waits for permission to send the body gets it, unless it is refused before.
    let mut client = HttpClient::connect(address);
    let expecting =
        format!("{head}Expect: 100-continue\nContent-Length: 13\n\n").replace('\n', "\r\n");
    client.send(expecting);
    let first = client.answer();
    assert_eq!(first.status, 100, "{first:?}");
    client.send(r#"{"title":"y"}"#);
    assert_eq!(client.answer().status, 204);
    let refused = raw(
        address,
        &format!(
            "PUT /api/v1/movies/7 HTTP/1.1\n{END}{JSON}\nExpect: 100-continue\nContent-Length: 13\n\n"
        ),
    );
    assert_eq!(refused.unwrap().status, 401);
    let most = limits::MAX_MOVIE_JSON_BYTES;
    let announced = format!("{head}Content-Length: {}\n\n", most + 1);
    let (status, detail) = raw(address, &announced).unwrap().problem();
    assert_eq!(
        (status, detail),
        (413, format!("the body may have at most {most} bytes"))
    );
    let chunk = "x".repeat(most + 1);
    let chunks = format!(
        "{head}Transfer-Encoding: chunked\n\n{:x}\n{chunk}\n0\n\n",
        most + 1
    );
    assert_eq!(raw(address, &chunks).unwrap().status, 413);
    let largest = format!("{{\"title\":\"x\"{}}}", " ".repeat(most - 13));
    assert_eq!(
        send(
            address,
            "PUT",
            "/api/v1/movies/7",
            &[&admin, JSON],
            &largest
        )
        .status,
        204
    );
    // Half of a body.
    let mut client = HttpClient::connect(address);
    client.send(format!("{head}Content-Length: 13\n\n{{").replace('\n', "\r\n"));
    client.stream().shutdown(std::net::Shutdown::Write).unwrap();
    assert!(
        client
            .answer_or_end()
            .is_none_or(|answer| answer.status == 400)
    );
}

#[test]
fn the_largest_upload_is_read_and_a_larger_one_refused() {
    let (server, address) = serve_to_keys(&[]);
    let admin = format!(
        "Authorization: Bearer {}",
        key(&server, "k", &["ROLE", "admin"])
    );
    let kind = "Content-Type: multipart/form-data; boundary=x";
    let begin = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nname,title\n";
    let end = "\r\n--x--\r\n";
    let sized = |bytes: usize| {
        format!(
            "{begin}{}{end}",
            "\n".repeat(bytes - begin.len() - end.len())
        )
    };
    let upload = |body: &str| send(address, "POST", "/admin/import", &[&admin, kind], body).status;
    assert_eq!(upload(&sized(limits::MAX_UPLOAD_BYTES)), 303);
    let larger = limits::MAX_UPLOAD_BYTES + 1;
    let head =
        format!("POST /admin/import HTTP/1.1\n{END}{admin}\n{kind}\nContent-Length: {larger}\n\n");
    assert_eq!(raw(address, &head).unwrap().status, 413);
}

#[test]
fn a_body_that_the_client_has_is_not_sent_again() {
    let (_server, address) = serve(&[]);
    let path = "/api/v1/movies/1";
    let answer = get(address, path);
    let tag = answer
        .raw_head
        .lines()
        .find_map(|line| line.strip_prefix("etag: "))
        .unwrap()
        .to_owned();
    for (field, status) in [
        (tag.clone(), 304),
        (format!("W/{tag}"), 304),
        (format!("\"a\", W/\"b\",{tag}"), 304),
        ("*".to_owned(), 304),
        ("\"a\"".to_owned(), 200),
        (tag.trim_matches('"').to_owned(), 200),
        (String::new(), 200),
    ] {
        let again = send(
            address,
            "GET",
            path,
            &[&format!("If-None-Match: {field}")],
            "",
        );
        assert_eq!(again.status, status, "{field}");
        if status == 304 {
            assert_eq!(
                (again.body.as_str(), again.field("content-type")),
                ("", None)
            );
            assert_eq!(again.field("etag"), Some(tag.as_str()));
        }
    }
    for (accepted, encoding) in [
        ("gzip", Some("gzip")),
        ("gzip;q=0", None),
        ("gzip;q=0.000, identity", None),
        ("*;q=0", None),
        ("gzip;q=0, *", None),
        ("br;q=1, gzip;q=0.1", Some("gzip")),
        ("identity", None),
        ("", None),
    ] {
        let field = format!("Accept-Encoding: {accepted}");
        let answer = send(address, "GET", "/api/v1/openapi.json", &[&field], "");
        assert_eq!(answer.field("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.field("vary"), Some("accept-encoding"));
    }
}

#[test]
fn escapes_and_parameters_of_any_form_are_answered() {
    let (_server, address) = serve(&[]);
    for (path, status) in [
        ("/api/v1/movies/%31", 200),
        ("/api/v1/movies/%00", 404),
        ("/api/v1/movies/%C0%AF", 404),
        ("/api/v1/movies/a%2", 404),
        ("/api/v1/movies/%zz", 404),
        ("/api/v1/movies/1%2F..", 404),
        ("/api/v1/lookup?name=%00", 200),
        ("/api/v1/lookup?name=%C0%AF", 400),
        ("/api/v1/search?q=god&q=father", 400),
        ("/api/v1/search?q=god&Q=father", 400),
        ("/api/v1/search?q=the+god%20father&", 200),
        ("/api/v1/search?q=100%", 200),
        ("/api/v1/search?q=god&limit=%2B5", 400),
        ("/api/v1/search?q=god&limit=5.0", 400),
        ("/api/v1/search?q=god&limit=-1", 400),
        ("/api/v1/search?q=god&limit=18446744073709551616", 400),
        ("/api/v1/search?q=god&min_rating=nan", 400),
        ("/api/v1/search?q=god&min_rating=%2B1", 400),
        ("/search?q=%C0%AF", 200),
        ("/search?decade=x", 400),
        ("/omdb?t=%C0%AF&t=x", 200),
    ] {
        assert_eq!(get(address, path).status, status, "{path}");
    }
    let long = format!("/film/{}", "a".repeat(limits::MAX_HTTP_HEAD_BYTES - 100));
    assert_eq!(get(address, &long).status, 404);
}

/// A client that uses TLS on a plain listener, and a plain client on a TLS listener.
#[test]
fn the_other_protocol_is_refused_in_words() {
    let server = TestServer::start_tls(&["--http", "127.0.0.1:0"]);
    let plain = get(server.http_address(), "/");
    assert_eq!(plain.status, 400);
    assert!(plain.body.contains("https://"), "{plain:?}");
    let (server, address) = serve(&[]);
    let mut client = HttpClient::connect(address);
    client.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
    client.stream().shutdown(std::net::Shutdown::Write).unwrap();
    assert!(
        client
            .answer_or_end()
            .is_none_or(|answer| answer.status == 400)
    );
    server.logged("reason=\"protocol error\"");
}

#[test]
fn lists_for_people_have_their_limits() {
    let folder = Folder::with_accounts();
    let flags = [
        "--http",
        "127.0.0.1:0",
        "--http-anonymous",
        "reader",
        "--max-unauthenticated",
        "1000",
        "--max-connections-per-address",
        "1000",
    ];
    let server = TestServer::serve(folder, "127.0.0.1:0", &flags);
    let address = server.http_address();
    let mut admin = server.admin();
    for number in 0..=limits::OPTION_ROWS {
        let json = format!(r#"{{"title":"Zzyzx {number}"}}"#);
        admin.ask(&["PUT", &format!("z{number}"), &json]);
    }
    let options = get(address, "/options?q=zzyzx").body;
    assert_eq!(
        options.matches("role=\"option\"").count(),
        limits::OPTION_ROWS,
        "{options}"
    );
    let suggestions = get(address, "/suggest?q=zzyzx").json();
    assert_eq!(
        suggestions[1].as_array().unwrap().len(),
        limits::OPTION_ROWS
    );
    let key = format!(
        "Authorization: Bearer {}",
        key(&server, "k", &["ROLE", "admin"])
    );
    let shown = || {
        let page = send(address, "GET", "/admin/connections", &[&key], "").body;
        (
            page.matches("<th scope=\"row\">").count(),
            page.contains("are shown"),
        )
    };
    let mut idle: Vec<HttpClient> = Vec::new();
    while idle.len() < limits::MAX_CONNECTIONS_SHOWN {
        idle.push(HttpClient::connect(address));
        idle.last_mut().unwrap().get("/healthz");
    }
    assert_eq!(shown(), (limits::MAX_CONNECTIONS_SHOWN, true));
    idle.truncate(10);
    // The server notices the end of the other connections a little later.
    let mut tries = 0;
    while shown().1 && tries < 200 {
        tries += 1;
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(shown().0 < limits::MAX_CONNECTIONS_SHOWN);
}

#[test]
fn a_server_whose_database_was_moved_is_not_ready() {
    let (server, address) = serve(&[]);
    assert_eq!(get(address, "/readyz").status, 200);
    std::fs::rename(server.folder().db(), server.folder().path().join("away.db")).unwrap();
    let moved = "the database was moved or replaced, start the server again\n";
    let refused = wait_for("the writer's refusal", || {
        let answer = get(address, "/readyz");
        (answer.body == moved).then_some(answer)
    });
    assert_eq!(refused.status, 503);
}

/// Reading the years of 23,000 movies is too much for a search.
#[test]
fn an_order_of_too_many_films_is_replaced_by_that_of_relevance() {
    let folder = Folder::with_accounts();
    let rows: String = (0..23_000)
        .map(|n| format!("t{n},The Thing {n},1980\n"))
        .collect();
    folder.write("the.csv", &format!("name,title,year\n{rows}"));
    let import = Cli::new(["import", "the.csv"]).output(&folder);
    assert!(import.status.success(), "{import:?}");
    let flags = ["--http", "127.0.0.1:0", "--http-anonymous", "reader"];
    let server = TestServer::serve(folder, "127.0.0.1:0", &flags);
    let page = get(server.http_address(), "/search?q=the&sort=year");
    assert!(page.body.contains("Too many films match"), "{page:?}");
    assert!(
        page.status == 200 && page.body.contains("/film/t"),
        "{page:?}"
    );
}
