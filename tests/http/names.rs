//! Tests of names that need an escape in a path, or cannot be in a path.

use super::{key, serve};
use crate::support::http::{get, send};

/// The path that browsers and most programs send: `.` and `..` are resolved, escaped or not.
fn normalized(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').skip(1) {
        match part.replace("%2E", ".").as_str() {
            "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/{}{mark}{query}", parts.join("/"))
}

/// The addresses in a page that begin with this.
fn links(page: &str, begin: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1);
    let links = links.filter_map(|link| link.split('"').next());
    let links = links.filter(|link| link.starts_with(begin));
    links.map(|link| link.replace("&amp;", "&")).collect()
}

#[test]
fn links_lead_to_the_page_of_every_name() {
    let (server, address) = serve(&[]);
    let admin = format!(
        "Authorization: Bearer {}",
        key(&server, "k", &["ROLE", "admin"])
    );
    let fields = [admin.as_str(), "Content-Type: application/json"];
    let names = [
        ".", "..", "...", "a/b", "a?b=c", "a%2Fb", "%", "+", "a b", "#", "é", "\"<>&'", "\\", "-",
        "a;b", "//",
    ];
    for name in names {
        let title = "Zzyzx";
        let movie = serde_json::json!({
            "title": title,
            "directors": [{ "name": name, "person": "Quux Director" }],
        });
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("name", name)
            .finish();
        let path = format!("/api/v1/movies?{query}");
        let put = send(address, "PUT", &path, &fields, &movie.to_string());
        assert_eq!(put.status, 204, "{name}: {put:?}");
        let results = get(address, "/search?q=zzyzx").body;
        let film = links(&results, "/film");
        assert_eq!(film.len(), 1, "{name}: {film:?}");
        let film = get(address, &normalized(&film[0]));
        assert!(
            film.status == 200 && film.body.contains(title),
            "{name}: {film:?}"
        );
        let person = links(&film.body, "/person");
        let person = get(address, &normalized(&person[0]));
        assert!(person.body.contains("Quux Director"), "{name}: {person:?}");
        let json = links(&film.body, "/api/v1/");
        let json = json
            .iter()
            .find(|link| !link.ends_with("openapi.json"))
            .unwrap();
        let json = get(address, &normalized(json));
        assert!(
            json.status == 200 && json.body.contains(title),
            "{name}: {json:?}"
        );
        let removed = send(address, "DELETE", &path, &fields[..1], "");
        assert_eq!(removed.status, 204, "{name}");
        assert_eq!(send(address, "DELETE", &path, &fields[..1], "").status, 404);
    }
}

#[test]
fn people_are_found_next_to_films() {
    let (server, address) = serve(&[]);
    let mut admin = server.admin();
    let mut film = |name: &str, title: &str, people: &[&str]| {
        let cast = people.iter().enumerate().map(|(index, person)| {
            serde_json::json!({ "name": format!("{name}-{index}"), "person": person })
        });
        let cast: Vec<_> = cast.collect();
        let movie = serde_json::json!({ "title": title, "cast": cast });
        admin.ask(&["PUT", name, &movie.to_string()]);
    };
    film("rising", "Quux Rising", &["Quux Tarrant"]);
    film(
        "many",
        "Zzyzx",
        &["Ann Plugh", "Bea Plugh", "Cay Plugh", "Dee Plugh"],
    );
    let order = |path: &str| {
        let page = get(address, path).body;
        let page = page.as_str();
        let mut places: Vec<(usize, &str)> = ["/film/", "/person/"]
            .into_iter()
            .flat_map(|begin| page.match_indices(begin).map(move |(at, _)| (at, begin)))
            .collect();
        places.sort_unstable();
        let kinds: Vec<&str> = places.into_iter().map(|(_, kind)| kind).collect();
        kinds
    };
    let (film, person) = ("/film/", "/person/");
    for (query, expected) in [
        ("quux", &[film, person][..]),
        ("quux tarrant", &[person, film]),
        ("tarr", &[film, person]),
        // Typed with an error.
        ("tarrent", &[person]),
        ("quux tarrent", &[film, person]),
        // At most three.
        ("plugh", &[film, person, person, person]),
        ("zzyzx", &[film]),
    ] {
        let encoded = query.replace(' ', "+");
        for page in ["search", "options"] {
            let path = format!("/{page}?q={encoded}");
            assert_eq!(order(&path), expected, "{path}");
        }
    }
    assert_eq!(order("/search?q=quux&type=short"), [""; 0]);
    let options = get(address, "/options?q=quux+tarrant").body;
    let ids = links(&options.replace("id=\"", "href=\""), "option-");
    assert_eq!(ids, ["option-0", "option-1"], "{options}");
    let suggestions = get(address, "/suggest?q=quux").json();
    assert_eq!(
        suggestions[1],
        serde_json::json!(["Quux Rising", "Quux Tarrant"])
    );
}
