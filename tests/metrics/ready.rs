//! Liveness, readiness, and the other HTTP answers.

use rustix::process::Signal;

use super::{METRICS, scrape, start};
use crate::support::http::{ask, get};
use crate::support::{Cli, Folder, TestServer, wait_for};

#[test]
fn the_endpoint_has_three_pages_and_two_methods() {
    let (server, address) = start();
    for (path, kind) in [
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
        ("/healthz", "text/plain; charset=utf-8"),
        ("/readyz", "text/plain; charset=utf-8"),
        ("/readyz?verbose", "text/plain; charset=utf-8"),
    ] {
        let answer = get(address, path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.body.is_empty(), "{path}");
        let expected = format!("content-type: {kind}");
        assert!(answer.head.contains(&expected), "{:?}", answer.head);
        let head = ask(address, "HEAD", path);
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        let has_length = |line: &String| line.starts_with("content-length: ");
        assert!(head.head.iter().any(has_length), "{path}");
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            let refused = ask(address, method, path);
            assert_eq!(refused.status, 405, "{method} {path}");
            assert!(refused.head.contains(&"allow: get, head".to_owned()));
        }
    }
    for path in ["/", "/metrics/", "/metric", "/../metrics", "/Metrics"] {
        assert_eq!(get(address, path).status, 404, "{path}");
    }
    drop(server);
}

/// The server finishes a change that waits for a lock of another program.
#[test]
fn a_server_that_stops_is_alive_and_not_ready() {
    let folder = Folder::with_accounts();
    let other = folder.sqlite();
    let mut server = TestServer::serve(folder, "127.0.0.1:0", &METRICS);
    let address = server.metrics_address();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut admin = server.admin();
    admin.send("PUT new '{\"title\":\"New\"}'\r\n");
    let label = Some(("command", "PUT"));
    wait_for("the change", || {
        (scrape(address).value("catalogue_requests_total", label) == 1.0).then_some(())
    });
    assert_eq!(get(address, "/readyz").status, 200);
    server.signal(Signal::TERM);
    server.logged("stopping, a second signal stops at once");
    let refused = wait_for("its drain", || {
        let answer = get(address, "/readyz");
        (answer.status != 200).then_some(answer)
    });
    assert_eq!((refused.status, refused.body.as_str()), (503, "stopping\n"));
    assert_eq!(get(address, "/healthz").status, 200);
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    admin.expect("+OK\r\n").closed();
    assert_eq!(server.wait().code(), Some(0));
    assert_eq!(server.folder().files(), ["sae.db"]);
}

#[test]
fn without_its_database_it_is_alive_and_not_ready() {
    let (server, address) = start();
    let (path, away) = (server.folder().db(), server.folder().path().join("away.db"));
    std::fs::rename(&path, &away).unwrap();
    let refused = get(address, "/readyz");
    assert_eq!(refused.status, 503);
    let page = scrape(address);
    assert_eq!(page.value("catalogue_database_up", None), 0.0);
    assert_eq!(page.find("catalogue_movies", None), None);
    server.logged("the database does not answer");
    server.logged("changes are refused from now on");
    let moved = "the database was moved or replaced, start the server again\n";
    let refused = wait_for("the writer's refusal", || {
        let answer = get(address, "/readyz");
        (answer.body == moved).then_some(answer)
    });
    assert_eq!(refused.status, 503);
    assert_eq!(get(address, "/healthz").status, 200);
    // An authenticated client is still served from the open files.
    assert_eq!(server.metric(&mut server.reader(), "movies"), 3);
    // Changes stay refused, so the server is not ready when the file comes back.
    std::fs::rename(&away, &path).unwrap();
    let refused = get(address, "/readyz");
    assert_eq!((refused.status, refused.body.as_str()), (503, moved));
}

#[test]
fn an_address_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = Folder::with_accounts();
    Cli::new(["serve", "--listen", "127.0.0.1:0", "--metrics", &address])
        .stderr(format!(
            "catalogue: cannot serve metrics on `{address}`: another program is using it, choose \
             another address with --metrics\n"
        ))
        .status(1)
        .run(&folder);
    assert_eq!(folder.files(), ["sae.db"]);
}

#[test]
fn only_loopback_addresses_are_served_unless_allowed() {
    let folder = Folder::with_accounts();
    Cli::new(["serve", "--listen", "127.0.0.1:0", "--metrics", "0.0.0.0:0"])
        .stderr(
            "catalogue: the metrics on `0.0.0.0:0` could be read from other machines without a \
             login; give --metrics a loopback address like 127.0.0.1:9890, or --allow-plaintext\n",
        )
        .status(2)
        .run(&folder);
}

/// The address as a variable and as a key of the file.
#[test]
fn the_address_is_a_setting_like_any_other() {
    let variables = [("CATALOGUE_METRICS", "localhost:0")];
    let server = TestServer::start_with_variables(&[], &variables);
    assert_eq!(get(server.metrics_address(), "/healthz").status, 200);
    let folder = Folder::with_accounts();
    let settings = "listen = \"127.0.0.1:0\"\nmetrics = \"127.0.0.1:0\"\n";
    std::fs::write(folder.path().join("catalogue.toml"), settings).unwrap();
    let server = TestServer::serve_as_configured(folder);
    assert_eq!(get(server.metrics_address(), "/readyz").status, 200);
}
