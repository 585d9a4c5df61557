# What people type, and what continuous integration runs. `cargo test` alone works too.

# The verbs
default:
    @just --list

# Everything that has to hold before a commit
check:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items
    .ci/forbidden-words

# Licences, duplicate versions, sources, known vulnerabilities (`cargo install cargo-deny --locked`)
deny:
    cargo deny check licenses bans sources
    cargo deny check advisories

# All tests; `just test freshness` runs one module
test *filter:
    cargo test {{ filter }}

# Format
fmt:
    cargo fmt

# Try it: a throw-away catalogue, a server and a client
demo:
    cargo run --release -- demo

# Beside redis-server, the same work in turn
bench *args:
    cargo bench --bench compare -- {{ args }}

# The first three rows of it, in a minute
bench-quick:
    cargo bench --bench compare -- --quick

# The steps of a request, each alone
bench-micro *filter:
    cargo bench --bench micro -- {{ filter }}

# The tests of crashes, races and storms, again and again
soak rounds="20":
    cargo test --no-run
    for round in $(seq {{ rounds }}); do \
        cargo test --test main -- durability freshness signals bad_input regression || exit 1; \
    done
