//! The description for OpenAPI, as other programs use it: requests that are generated from it, and
//! a client in TypeScript.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{key, serve_to_keys};
use crate::support::{Folder, missing_program};

/// The time of the generated requests, in seconds.
const SECONDS: &str = "25";

/// A folder that `.ci/tools` fills.
fn installed(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target")
        .join(folder)
}

#[track_caller]
fn succeeded(output: &Output) {
    let (out, errors) = (&output.stdout, &output.stderr);
    let [out, errors] = [out, errors].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success(), "{out}{errors}");
}

/// No generated request is answered in a way that is not described.
#[test]
fn schemathesis_finds_nothing() {
    let program = installed("ci-schemathesis/bin/schemathesis");
    if !program.exists() {
        return missing_program("schemathesis");
    }
    let (server, address) = serve_to_keys(&[]);
    let key = key(&server, "of-the-generated-requests", &["ROLE", "admin"]);
    let rules =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generated_clients/schemathesis.toml");
    let folder = Folder::empty();
    let output = Command::new(program)
        .arg("--config-file")
        .arg(rules)
        .arg("run")
        .arg(format!("http://{address}/api/v1/openapi.json"))
        .args(["--header", &format!("Authorization: Bearer {key}")])
        .args(["--phases", "coverage,fuzzing", "--max-time", SECONDS])
        .arg("--generation-deterministic")
        // It would find the key of these requests in the list, and revoke it.
        .args(["--exclude-operation-id", "revokeKey"])
        .args(["--warnings", "off", "--no-color", "--continue-on-failure"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    succeeded(&output);
    // The requests had the rights of an admin to the end.
    let field = format!("Authorization: Bearer {key}");
    let accounts = crate::support::http::send(address, "GET", "/api/v1/accounts", &[&field], "");
    assert_eq!(accounts.status, 200, "{accounts:?}");
}

/// The types of openapi-typescript fit a program, and the program works.
#[test]
fn a_generated_client_compiles_and_works() {
    let folder = installed("ci-openapi");
    if !folder.join("node_modules/openapi-typescript").exists() {
        return missing_program("openapi-typescript");
    }
    let (server, address) = serve_to_keys(&[]);
    let key = key(&server, "client", &["ROLE", "admin"]);
    let description = folder.join("openapi.json");
    let text = crate::support::http::get(address, "/api/v1/openapi.json").body;
    std::fs::write(&description, text).unwrap();
    let source = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/generated_clients/client.mts"
    );
    std::fs::copy(source, folder.join("client.mts")).unwrap();
    let run = |program: &str, args: &[&str]| {
        let output = Command::new(program)
            .args(args)
            .current_dir(&folder)
            .env("CATALOGUE_BASE", format!("http://{address}"))
            .env("CATALOGUE_KEY", &key)
            .output()
            .unwrap();
        succeeded(&output);
    };
    let bin = "node_modules/.bin";
    run(
        &format!("{bin}/openapi-typescript"),
        &["openapi.json", "-o", "api.d.ts"],
    );
    let strict = [
        "--strict",
        "--module",
        "nodenext",
        "--target",
        "es2022",
        "--skipLibCheck",
    ];
    run(
        &format!("{bin}/tsc"),
        &[&strict[..], &["client.mts"]].concat(),
    );
    run("node", &["client.mjs"]);
}
