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

# Crashes and attacks for long, whose figures the next `just bench` puts into docs/benchmarks.md, and races again and again
soak rounds="200" again="20":
    mkdir -p target
    printf 'Measured by `just soak` on commit %s, %s.\n\n' "$(git rev-parse --short HEAD)" "$(date -u +%F)" > target/soak.md
    CATALOGUE_SOAK={{ rounds }} CATALOGUE_SOAK_REPORT="$PWD/target/soak.md" cargo test --release --test main -- --test-threads 1 durability abuse properties
    for round in $(seq {{ again }}); do \
        cargo test --test main -- freshness signals bad_input regression connection_limits || exit 1; \
    done

# Bytes that nobody thought of (`cargo install cargo-fuzz`): frames, replies, movies, commands, imports or session
fuzz target *args:
    cargo +nightly fuzz run {{ target }} {{ args }}

# The Debian package, in target/debian/ (`cargo install cargo-deb --locked`)
deb:
    contrib/debian/build

# Builds, installs, uses and purges it; as root
deb-test *program:
    tests/debian_package.sh {{ program }}

# The picture of the client in README.md, drawn from the real one (tmux, Python)
picture:
    cargo build --release
    contrib/picture/terminal.py
