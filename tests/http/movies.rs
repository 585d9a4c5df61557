//! Look-ups, lists, searches and counts.

use serde_json::{Value, json};

use super::serve;
use crate::support::http::{ask, get, send};

fn names(page: &Value) -> Vec<&str> {
    let movies = page["movies"].as_array().unwrap().iter();
    movies
        .map(|movie| movie["name"].as_str().unwrap())
        .collect()
}

#[test]
fn a_movie_is_found_by_its_name() {
    let (server, address) = serve(&[]);
    let movie = get(address, "/api/v1/movies/1");
    assert_eq!(movie.status, 200);
    assert_eq!(movie.field("content-type"), Some("application/json"));
    let over_resp = server.reader().ask(&["SEND", "1", "FULL", "JSON"]);
    let catalogue::protocol::resp::Reply::Bulk(over_resp) = over_resp else {
        panic!("{over_resp:?}");
    };
    assert_eq!(movie.bytes, over_resp);
    let head = ask(address, "HEAD", "/api/v1/movies/1");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.field("content-length"), movie.field("content-length"));
    let missing = get(address, "/api/v1/movies/none").problem();
    assert_eq!(missing, (404, "there is no movie of that name".to_owned()));
    let some = get(address, "/api/v1/movies/1?fields=title,name").json();
    assert_eq!(some, json!({ "name": "1", "title": movie.json()["title"] }));
}

#[test]
fn names_may_hold_any_character() {
    let (server, address) = serve(&[]);
    let name = "a/b c?d&e%f#g+ä";
    server.admin().ask(&["PUT", name, r#"{"title":"Odd"}"#]);
    let path = "/api/v1/movies/a%2Fb%20c%3Fd%26e%25f%23g+%C3%A4";
    assert_eq!(get(address, path).json()["name"], name);
    assert_eq!(get(address, "/api/v1/movies/%FF").status, 404);
    assert_eq!(get(address, "/api/v1/movies/1/").status, 404);
}

#[test]
fn several_movies_come_in_the_order_of_their_names() {
    let (_server, address) = serve(&[]);
    let found = get(address, "/api/v1/lookup?name=3&name=none&name=1").json();
    let movies = found["movies"].as_array().unwrap();
    assert_eq!(movies.len(), 3);
    assert_eq!(
        (&movies[0]["name"], &movies[2]["name"]),
        (&json!("3"), &json!("1"))
    );
    assert_eq!(movies[1], Value::Null);
    let refused = get(address, "/api/v1/lookup").problem();
    assert_eq!(refused, (400, "`name` is missing".to_owned()));
}

#[test]
fn pages_are_turned_by_the_cursor_and_by_the_link() {
    let (_server, address) = serve(&[]);
    let all = get(address, "/api/v1/movies").json();
    assert_eq!(
        (names(&all), &all["next"]),
        (vec!["1", "2", "3"], &Value::Null)
    );
    let first = get(address, "/api/v1/movies?limit=2&fields=name,votes");
    let page = first.json();
    assert_eq!(names(&page), ["1", "2"]);
    let link = first.field("link").unwrap();
    let next = link
        .strip_prefix('<')
        .and_then(|link| link.split_once(">; rel=\"next\""));
    let last = get(address, next.unwrap().0);
    assert_eq!(names(&last.json()), ["3"]);
    assert_eq!(
        (&last.json()["next"], last.field("link")),
        (&Value::Null, None)
    );
    let cursor = page["next"].as_str().unwrap();
    let same = get(
        address,
        &format!("/api/v1/movies?limit=2&fields=name,votes&cursor={cursor}"),
    );
    assert_eq!(same.body, last.body);
    let wrong = get(address, "/api/v1/movies?cursor=3").problem();
    assert_eq!(wrong.0, 400);
}

#[test]
fn a_search_has_the_filters_of_find() {
    let (server, address) = serve(&[]);
    let mut admin = server.admin();
    for (name, year, rating) in [("a", 1979, 8.5), ("b", 1986, 8.4), ("c", 1992, 6.4)] {
        let movie = json!({
            "title": "Zyzx Road", "released": year.to_string(), "rating": rating,
            "genres": ["Sci-Fi"], "votes": rating as u32 * 1000,
        });
        admin.ask(&["PUT", name, &movie.to_string()]);
    }
    let found = |query: &str| {
        let page = get(address, &format!("/api/v1/search?{query}")).json();
        names(&page)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(found("q=zyzx").len(), 3);
    assert_eq!(found("q=zyz&year=1979-1986&limit=1").len(), 1);
    assert_eq!(found("q=zyzx&year=1992"), ["c"]);
    assert_eq!(found("q=zyzx&genre=sci+fi&min_rating=8.45"), ["a"]);
    assert!(found("q=zyzx&genre=Drama").is_empty());
    let first = get(address, "/api/v1/search?q=zyzx&limit=2").json();
    let rest = format!("q=zyzx&limit=2&cursor={}", first["next"].as_str().unwrap());
    assert_eq!(found(&rest).len(), 1);
    for (query, detail) in [
        ("", "`q` is missing"),
        ("q=a&q=b", "`q` is given twice"),
        (
            "q=a&limit=0",
            "`limit` is `0`, expected a whole number from 1 to 1000",
        ),
        (
            "q=a&min_rating=11",
            "`min_rating` is `11`, expected a number from 0 to 10",
        ),
        (
            "q=a&year=79s",
            "`year` is neither a year like 1979 nor years like 1970-1979",
        ),
        (
            "q=a&gerne=x",
            "unknown parameter `gerne`, there are q, year, genre, min_rating, type, person, adult, region, sort, limit, cursor, fields, highlight",
        ),
    ] {
        let problem = get(address, &format!("/api/v1/search?{query}")).problem();
        assert_eq!(problem, (400, detail.to_owned()));
    }
}

#[test]
fn the_server_has_a_region_of_its_own() {
    let (server, address) = serve(&["--region", "fr"]);
    let movie = r#"{"title":"Zyzx","akas":[{"title":"Zyzx le Film","region":"FR"},
        {"title":"Zyzx der Film","region":"DE"}]}"#;
    server.admin().ask(&["PUT", "z", movie]);
    let shown = |region: &str| {
        let page = get(address, &format!("/api/v1/search?q=zyzx{region}")).json();
        page["movies"][0]["shown"].clone()
    };
    assert_eq!(shown(""), "Zyzx le Film");
    assert_eq!(shown("&region=DE"), "Zyzx der Film");
    assert_eq!(shown("&region=XX"), Value::Null);
}

#[test]
fn people_are_found_by_their_names() {
    let (server, address) = serve(&[]);
    let mut admin = server.admin();
    for (name, person, votes) in [("nm0000001", "Zyzx Road", 9), ("x y", "Zyzxa Roads", 7)] {
        let movie = json!({
            "title": "T", "votes": votes, "cast": [{ "name": name, "person": person }],
        });
        admin.ask(&["PUT", person, &movie.to_string()]);
    }
    let first = get(address, "/api/v1/people?q=zyz&limit=1").json();
    let person = get(address, "/api/v1/people/nm0000001").json();
    assert_eq!(first["people"], json!([person]));
    assert_eq!(person["person"], "Zyzx Road");
    assert_eq!(person["credits"], 1);
    let rest = format!(
        "/api/v1/people?q=zyz&cursor={}",
        first["next"].as_str().unwrap()
    );
    let rest = get(address, &rest).json();
    assert_eq!(rest["people"][0]["name"], "x y");
    assert_eq!(rest["next"], Value::Null);
    for (path, status, detail) in [
        ("people", 400, "`q` is missing"),
        ("people/nm0000000", 404, "there is no person of that name"),
    ] {
        let problem = get(address, &format!("/api/v1/{path}")).problem();
        assert_eq!(problem, (status, detail.to_owned()));
    }
}

#[test]
fn a_known_version_is_not_sent_again() {
    let (server, address) = serve(&[]);
    let path = "/api/v1/movies/1";
    let first = get(address, path);
    let tag = format!("If-None-Match: {}", first.field("etag").unwrap());
    let same = send(address, "GET", path, &[&tag], "");
    assert_eq!((same.status, same.body.as_str()), (304, ""));
    assert_eq!(same.field("etag"), first.field("etag"));
    server.admin().ask(&["PUT", "1", r#"{"title":"Changed"}"#]);
    assert_eq!(
        send(address, "GET", path, &[&tag], "").json()["title"],
        "Changed"
    );
}

#[test]
fn large_bodies_are_compressed_for_clients_that_accept_it() {
    let (server, address) = serve(&[]);
    let mut admin = server.admin();
    for number in 0..200 {
        admin.ask(&[
            "PUT",
            &format!("m{number}"),
            r#"{"title":"The same again"}"#,
        ]);
    }
    for (path, is_compressed) in [
        ("/api/v1/movies?limit=10", true),
        ("/api/v1/movies?limit=200", true),
        ("/api/v1/count", false),
    ] {
        let plain = get(address, path);
        let packed = send(address, "GET", path, &["Accept-Encoding: br, gzip"], "");
        assert_eq!(
            packed.field("content-encoding").is_some(),
            is_compressed,
            "{path}"
        );
        assert_eq!(packed.field("vary"), Some("accept-encoding"));
        if is_compressed {
            let mut body = String::new();
            let mut reader = flate2::read::GzDecoder::new(&packed.bytes[..]);
            std::io::Read::read_to_string(&mut reader, &mut body).unwrap();
            assert_eq!(body, plain.body);
            assert!(packed.bytes.len() * 2 < plain.bytes.len());
            assert_ne!(packed.field("etag"), plain.field("etag"));
            let tag = format!("If-None-Match: {}", packed.field("etag").unwrap());
            assert_eq!(send(address, "GET", path, &[&tag], "").status, 304);
        }
    }
}

#[test]
fn counts_are_those_of_the_catalogue() {
    let (server, address) = serve(&[]);
    assert_eq!(get(address, "/api/v1/count").json(), json!({ "movies": 3 }));
    server.admin().ask(&["DEL", "2"]);
    assert_eq!(get(address, "/api/v1/count").json(), json!({ "movies": 2 }));
}

#[test]
fn matches_are_marked_and_titles_suggested_while_typing() {
    let (_server, address) = serve(&[]);
    let title = get(address, "/api/v1/movies/1").json()["title"]
        .as_str()
        .unwrap()
        .to_owned();
    let typed = title.split(' ').next_back().unwrap().to_lowercase();
    let path = format!("/api/v1/search?q={typed}&highlight=true&fields=name");
    let found = get(address, &path).json()["movies"][0].clone();
    let parts = found["highlight"].as_array().unwrap();
    let text = |part: &Value| part["text"].as_str().unwrap().to_owned();
    assert_eq!(parts.iter().map(text).collect::<String>(), title);
    assert_eq!(parts.last().unwrap()["is_match"], true);
    assert_eq!(found.as_object().unwrap().len(), 2);
    let path = format!("/api/v1/suggestions?q={}&limit=1", &typed[..3]);
    let suggested = get(address, &path).json();
    let first = &suggested["suggestions"][0];
    assert_eq!(
        (&first["name"], &first["title"]),
        (&json!("1"), &json!(title))
    );
    assert!(first["year"].is_u64() && first["highlight"].is_array());
    assert_eq!(get(address, "/api/v1/suggestions?q=%00x%00").status, 200);
    assert_eq!(
        get(address, "/api/v1/suggestions?q=a&limit=21").problem().0,
        400
    );
}

#[test]
fn a_change_depends_on_the_version_that_its_client_has_read() {
    let (server, address) = serve(&[]);
    let key = super::rules::key(&server, "editor", &["ROLE", "admin"]);
    let path = "/api/v1/movies/1";
    let change = |method: &str, path: &str, condition: &str| {
        let key = format!("Authorization: Bearer {key}");
        let fields = [key.as_str(), "Content-Type: application/json", condition];
        let body = if method == "PUT" {
            r#"{"title":"Changed"}"#
        } else {
            ""
        };
        send(address, method, path, &fields, body)
    };
    let refusal =
        |method: &str, path: &str, condition: &str| change(method, path, condition).problem();
    let change = |method: &str, path: &str, condition: &str| change(method, path, condition).status;
    let tag = || get(address, path).field("etag").unwrap().to_owned();
    let first = format!("If-Match: {}", tag());
    assert_eq!(change("PUT", path, &first), 204);
    // Another client has read the version before.
    assert_eq!(change("PUT", path, &first), 412);
    assert_eq!(change("DELETE", path, &first), 412);
    let new = "/api/v1/movies/new";
    for (method, path, condition, detail) in [
        (
            "PUT",
            path,
            "If-None-Match: *",
            "movie `1` exists already, read it first",
        ),
        ("PUT", new, "If-Match: *", "there is no movie `new`"),
        ("DELETE", new, &first, "there is no movie `new`"),
        (
            "PUT",
            path,
            &first,
            "another version of `1` is stored, read it again",
        ),
    ] {
        assert_eq!(refusal(method, path, condition), (412, detail.to_owned()));
    }
    assert_eq!(change("PUT", new, "If-None-Match: *"), 204);
    assert_eq!(
        change("PUT", path, &format!("If-Match: \"x\", {}", tag())),
        204
    );
    assert_eq!(change("DELETE", path, &format!("If-Match: {}", tag())), 204);
    assert_eq!(change("DELETE", path, "If-Match: *"), 412);
    assert_eq!(
        (
            get(address, path).status,
            get(address, "/api/v1/movies/new").status
        ),
        (404, 200)
    );
}

/// The seasons of a series follow from its episodes, and the cache keeps none that is older.
#[test]
fn a_cached_movie_follows_the_changes_of_others() {
    let (server, address) = serve(&[]);
    let mut admin = server.admin();
    admin.ask(&["PUT", "show", r#"{"title":"Show","type":"tvSeries"}"#]);
    let seasons = || get(address, "/api/v1/movies/show").json()["seasons"].clone();
    let before = seasons();
    assert_eq!(seasons(), before);
    let episode =
        json!({ "title": "One", "series": { "name": "show", "season": 1, "episode": 1 } });
    admin.ask(&["PUT", "one", &episode.to_string()]);
    assert_ne!(seasons(), before);
    admin.ask(&["DEL", "one"]);
    assert_eq!(seasons(), before);
}
