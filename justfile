# The verbs of the project; continuous integration uses them too. `cargo test` works without just.

# The verbs
default:
    @just --list

# The checks before a commit: format, lints, documentation, forbidden words
check:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items
    .ci/forbidden-words

# All tests, and a list of the skipped ones; `just test freshness` runs one module
test *filter:
    .ci/test {{ filter }}

# Everything that .ci/run checks
ci: check fuzz-check deny test (deb-test "target/debug/catalogue") skipped

# The tests that the last run skipped
skipped:
    .ci/skipped

# Licences, duplicate versions and sources of dependencies (`cargo install cargo-deny --locked`)
deny:
    cargo deny check licenses bans sources

# Known vulnerabilities in dependencies; needs the network
advisories:
    cargo deny check advisories

# Format
fmt:
    cargo fmt

# A temporary catalogue with a server and a client
demo:
    cargo run --release -- demo

# The benchmarks, with redis-server in turn; writes docs/benchmarks.md
bench *args:
    cargo bench --bench compare -- {{ args }}

# The first rows of the benchmarks, in a minute
bench-quick:
    cargo bench --bench compare -- --quick

# The quality of the answers of FIND, by kind of query; CATALOGUE_TITLES=DIR uses the titles of IMDb's files in a folder
quality *args:
    cargo bench --bench quality -- {{ args }}

# Benchmarks of each step of a request
bench-micro *filter:
    cargo bench --bench micro -- {{ filter }}

# Long runs of the crash and attack tests, for the next `just bench` to report, and repeated runs of the race tests
soak rounds="200" again="20":
    mkdir -p target
    printf 'Measured by `just soak` on commit %s, %s.\n\n' "$(git rev-parse --short HEAD)" "$(date -u +%F)" > target/soak.md
    CATALOGUE_SOAK={{ rounds }} CATALOGUE_SOAK_REPORT="$PWD/target/soak.md" cargo test --release --test main -- --test-threads 1 durability abuse properties
    for round in $(seq {{ again }}); do \
        cargo test --test main -- freshness signals bad_input regression connection_limits || exit 1; \
    done

# Long runs of the kills of etcd's leader and of nodes, under load; needs `etcd-server`
soak-cluster rounds="50":
    mkdir -p target
    printf 'Measured by `just soak-cluster` on commit %s, %s.\n\n' "$(git rev-parse --short HEAD)" "$(date -u +%F)" > target/soak-cluster.md
    CATALOGUE_SOAK={{ rounds }} CATALOGUE_SOAK_REPORT="$PWD/target/soak-cluster.md" cargo test --release --test main -- --test-threads 1 cluster::engine cluster::nodes cluster::writers
    cat target/soak-cluster.md

# Random bytes (`cargo install cargo-fuzz`) for frames, replies, movies, commands, http, imports, import_table,
# import_json, import_xml, import_titles, import_encoded or session
fuzz target *args:
    cargo +nightly fuzz run {{ target }} {{ args }}

# The fuzz targets compile
fuzz-check:
    cargo check --quiet --manifest-path fuzz/Cargo.toml --target-dir target/fuzz

# The Debian package, in target/debian/ (`cargo install cargo-deb --locked`)
deb:
    contrib/debian/build

# Builds, installs, uses and purges the Debian package; as root
deb-test *program:
    tests/debian_package.sh {{ program }}

# The checks before a release: RELEASING.md has the steps
release-check:
    .ci/release-check

# The picture of the client in README.md, drawn from the real one (tmux, Python)
picture:
    cargo build --release
    contrib/picture/terminal.py

# The picture of the page in README.md, drawn from the demo in Chromium (`.ci/tools` installs what it needs)
page-picture:
    cargo build --release
    node contrib/picture/page.mjs
