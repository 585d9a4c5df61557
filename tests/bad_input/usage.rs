//! Mistakes on the command line of a server.

use std::net::TcpListener;

use crate::support::{Cli, Folder};

#[test]
fn a_port_in_use_is_named() {
    let folder = Folder::with_accounts();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    Cli::new(["serve", "--listen", &address])
        .fails(format!(
            "cannot listen on `{address}`: another program is using it, choose another address with --listen"
        ))
        .run(&folder);
    Cli::new(["serve", "--allow-plaintext", "--listen", "192.0.2.1:0"])
        .fails("cannot listen on `192.0.2.1:0`: this machine does not have that address, choose another address with --listen")
        .run(&folder);
    assert_eq!(folder.files(), ["sae.db"]);
}

#[test]
fn wrong_usage_has_the_exit_status_two() {
    let folder = Folder::with_accounts();
    for args in [
        &["nonsense"][..],
        &["serve", "--listen", "nowhere"],
        &["serve", "--workers", "0"],
        &["serve", "--workers", "65"],
        &["serve", "--max-connections", "0"],
        &["serve", "--max-unauthenticated", "0"],
        &["serve", "--max-connections-per-address", "1000001"],
        &["serve", "--shared-address", "nowhere"],
        &["serve", "--hash-passes", "21"],
        &["adduser", "x", "--hash-memory-kib", "194561"],
        &["role", "admin", "king"],
        &["serve", "--login-grace-seconds", "0"],
        &["serve", "--idle-seconds", "31536001"],
        &["serve", "--write-timeout-seconds", "-1"],
        &["adduser"],
        &["adduser", "x", "--role", "king"],
        &["init", "extra"],
    ] {
        let output = Cli::new(args).output(&folder);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        assert!(output.stderr.starts_with(b"error: "), "{args:?}");
    }
}
