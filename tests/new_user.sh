#!/usr/bin/env bash
# The session of a new user in an empty folder: init, import, serve, requests from four
# languages, backup during changes, restore, check, upgrade. `catalogue` must be on the
# path; tests/new_user.rs runs this script with the built program.
#
# CATALOGUE_TEST_DATA=FOLDER takes the real files from there instead of excerpts:
# …title.basics….tsv, …title.ratings….tsv, …movies.csv (MovieLens), …movies.json.
# CATALOGUE_TEST_PYTHON and CATALOGUE_TEST_NODE are those of tests/examples.rs.
set -euo pipefail
command -v catalogue >/dev/null || {
    echo "put \`catalogue\` on the path, as with PATH=\$PWD/target/debug:\$PATH" >&2
    exit 1
}
sources=$(cd "$(dirname "$0")/.." && pwd)
python=${CATALOGUE_TEST_PYTHON:-python3}
node_modules=$(cd "$sources" && realpath -m "${CATALOGUE_TEST_NODE:-target/ci-node}")
built_examples=$(dirname "$(command -v catalogue)")/examples
unset CATALOGUE_DB CATALOGUE_CONFIG CATALOGUE_LISTEN RUST_LOG
export CATALOGUE_HTTP=127.0.0.1:0 NO_COLOR=1 CATALOGUE_USER=admin CATALOGUE_PASSWORD=mdp

folder=$(mktemp -d)
server=
writer=
demo=
clean_up() {
    [ -z "$demo" ] || kill "$demo" 2>/dev/null || true
    [ -z "$writer" ] || kill "$writer" 2>/dev/null || true
    [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap clean_up EXIT
cd "$folder"

step() { echo "- $*"; }
fail() {
    echo "failed: $*" >&2
    exit 1
}
# The output of a command must contain these words.
says() {
    local words=$1 said
    shift
    said=$("$@" 2>&1) || fail "$*: $said"
    [[ $said == *"$words"* ]] || fail "$* says: $said"
}

# Serves in the background, and finds the address.
serve() {
    # The output of an earlier server must not be used.
    rm -f greeting
    catalogue serve "$@" >greeting 2>>server.log &
    server=$!
    local tries=0
    until grep -qs '^serving.* stops$' greeting; do
        if ! kill -0 "$server" 2>/dev/null || ((++tries > 600)); then
            fail "no server: $(tail -3 server.log)"
        fi
        sleep 0.05
    done
    CATALOGUE_CONNECT=$(sed -n 's/^serving .* on \(.*\), Ctrl-C.*/\1/p' greeting)
    export CATALOGUE_CONNECT
}
stop() {
    kill "$server"
    wait "$server" || fail "the server ended with $?"
    server=
}

# Films in the format of a few well-known files.
excerpts() {
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' \
        tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres \
        tt0000001 short Carmencita Carmencita 0 1894 '\N' 1 Documentary,Short \
        tt0133093 movie 'The Matrix' 'The Matrix' 0 1999 '\N' 136 Action,Sci-Fi \
        tt0245429 movie 'Spirited Away' 'Sen to Chihiro no kamikakushi' 0 2001 '\N' '\N' '\N' >title.basics.tsv
    printf '%s\t%s\t%s\n' tconst averageRating numVotes tt0000001 5.7 2000 tt0133093 8.7 2100000 |
        gzip >title.ratings.tsv.gz
    gzip title.basics.tsv
    printf '%s\n' movieId,title,genres '1,Toy Story (1995),Adventure|Animation|Comedy' \
        '11,"American President, The (1995)",Comedy|Drama' >movies.csv
    printf '%s\n' 'Code,Film,Release Date,Minutes' 'F1,Playtime,1967-12-16,124' 'F2,,1953-02-25,83' >films.csv
}

# An HTTP request with bash alone, without curl. The second argument is a header field.
page() {
    local host=${endpoint#http://}
    host=${host%%/*}
    exec 3<>"/dev/tcp/${host%:*}/${host##*:}"
    printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n' "$1" "$host" "${2:+$2$'\r\n'}" >&3
    cat <&3
    exec 3>&-
}

step "install: $(catalogue --version)"
says "catalogue init" catalogue --help

step "the demo, its page, and a film in three keystrokes"
catalogue demo </dev/null >invitation 2>>server.log &
demo=$!
tries=0
endpoint=
until [ -n "$endpoint" ]; do
    kill -0 "$demo" && ((++tries < 600)) || fail "no demo: $(tail -3 server.log)"
    sleep 0.05
    endpoint=$(sed -n 's/^open \(http[^ ]*\) in a browser.*/\1/p' invitation)
done
says " 200 OK" page /
says "</mark>father" page "/options?q=god"
kill "$demo"
wait "$demo" 2>/dev/null || true
demo=

step "init and the first account"
says "created \`sae.db\` with 3 movies" catalogue init
says "added \`admin\` as admin" catalogue adduser admin <<<"$CATALOGUE_PASSWORD"

step "import three files"
if [ -n "${CATALOGUE_TEST_DATA:-}" ]; then
    files=("$CATALOGUE_TEST_DATA"/*title.basics* "$CATALOGUE_TEST_DATA"/*title.ratings* "$CATALOGUE_TEST_DATA"/*movies.csv)
    third=("$CATALOGUE_TEST_DATA"/*movies.json)
else
    excerpts
    files=(title.basics.tsv.gz title.ratings.tsv.gz movies.csv)
    third=(films.csv --key Code --map title=Film --map "runtime_minutes=Minutes")
fi
says " 0 refused" catalogue import "${files[0]}" --ratings "${files[1]}"
says " 0 refused" catalogue import "${files[2]}" --prefix ml-
says "nothing was changed" catalogue import "${third[@]}" --skip-bad --dry-run
catalogue import "${third[@]}" --skip-bad --json >summary 2>refused
says '"refused":1' cat summary

step "serve with a file"
cat >catalogue.toml <<'END'
listen = "127.0.0.1:0"
cache_mib = 16
log_format = "json"
metrics = "127.0.0.1:0"
END
says "catalogue.toml:2" catalogue config
serve

step "metrics"
endpoint=
tries=0
until [ -n "$endpoint" ]; do
    kill -0 "$server" && ((++tries < 600)) || fail "the address of the metrics is missing: $(tail -3 server.log)"
    endpoint=$(sed -n 's/^metrics on \(http.*\)/\1/p' greeting)
    sleep 0.05
done
says " 200 OK" page /healthz
says " 200 OK" page /readyz
says "catalogue_movies " page /metrics

step "a key, and a film by HTTP and by a client of OMDb"
endpoint=$(sed -n 's/^HTTP on \(http.*\)/\1/p' greeting)
key=$(catalogue key add films | sed -n 's/^key: //p')
says " 401 Unauthorized" page /api/v1/movies/tt0000001
says '"title":"Carmencita"' page /api/v1/movies/tt0000001 "Authorization: Bearer $key"
says '"Title":"Carmencita","Year":"1894"' page "/omdb?i=tt0000001&apikey=$key"
if command -v curl >/dev/null; then
    says '"title":"Carmencita"' curl -sf -H "Authorization: Bearer $key" "${endpoint}api/v1/movies/tt0000001"
else
    echo "missing: curl"
fi
omdb=$sources/target/ci-omdb/omdb
if PYTHONPATH=$omdb "$python" -c 'import omdb' 2>/dev/null; then
    cat >film.py <<'END'
import sys
import omdb

client = omdb.OMDBClient(apikey=sys.argv[2])
client.url = sys.argv[1]
print(client.imdbid("tt0000001")["title"])
END
    says "Carmencita" env -u http_proxy -u HTTP_PROXY PYTHONPATH="$omdb" "$python" film.py "${endpoint}omdb" "$key"
else
    echo "missing: omdb"
fi

step "look films up"
says "Carmencita (1894)" catalogue client SEND tt0000001
says "Toy Story (1995)" catalogue client SEND ml-1
says "Toy Story" catalogue client FIND toy st

# Prints the output of the programs of examples/, in each language.
from() {
    local language=$1 lines
    shift
    mapfile -t lines < <("$@" godf 2>&1)
    if [ "${lines[0]}" != "The Godfather (1972-03-24)" ] || [ "${lines[1]}" != "found The Godfather" ]; then
        fail "$language: ${lines[*]}"
    fi
    step "asked from $language"
}
if [ -x "$built_examples/client" ]; then
    from Rust "$built_examples/client"
else
    echo "missing: cargo build --examples"
fi
if "$python" -c 'import redis' 2>/dev/null; then
    from Python "$python" "$sources/examples/client.py"
else
    echo "missing: redis-py"
fi
if [ -d "$node_modules/node_modules/ioredis" ] && command -v node >/dev/null; then
    # Node looks for packages next to the program.
    ln -s "$node_modules/node_modules" node_modules
    cp "$sources/examples/client.mjs" .
    from JavaScript node client.mjs
else
    echo "missing: ioredis"
fi
if command -v redis-cli >/dev/null; then
    from "the shell" sh "$sources/examples/client.sh"
else
    echo "missing: redis-cli"
fi

step "back up while it is written"
before=$(catalogue client COUNT)
touch acknowledged
seq -f "PUT w%.0f '{\"title\":\"Rush\"}'" 100000 | catalogue client - >acknowledged &
writer=$!
until [ "$(wc -l <acknowledged)" -ge 10 ]; do
    kill -0 "$writer" 2>/dev/null || fail "the writer has ended"
    sleep 0.05
done
acknowledged=$(wc -l <acknowledged)
says "backed up" catalogue backup copy.db
kill "$writer" 2>/dev/null || fail "the writer was done before the backup"
wait "$writer" 2>/dev/null || true
writer=
says '"ok":true' catalogue check --json --db copy.db
says "in order" catalogue check

step "restore"
says "stop that first" bash -c '! catalogue restore copy.db --force 2>&1'
stop
says "restored" catalogue restore copy.db --force
serve
restored=$(catalogue client COUNT)
((restored >= before + acknowledged)) || fail "$before movies and $acknowledged more were $restored"
says "Carmencita" catalogue client SEND tt0000001
stop
says "in order" catalogue check

step "upgrade from the first level"
cp "$sources/tests/schema_versions/version-1.db" first.db
says "older schema version" catalogue check --db first.db
serve --db first.db
says 6 catalogue client COUNT
stop
says "in order, 6 movies" catalogue check --db first.db
echo "every step worked"
