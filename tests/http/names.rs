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
