#!/bin/sh
# Look-ups and a search with redis-cli. The server returns movies as JSON.
#
# CATALOGUE_PASSWORD=… examples/client.sh godfather

set -eu
address=${CATALOGUE_CONNECT:-127.0.0.1:5890}
host=${address%:*} port=${address##*:}

# redis-cli reads the password from REDISCLI_AUTH, so the process list does not show it.
ask() {
    password=$1
    shift
    REDISCLI_AUTH=$password redis-cli -h "$host" -p "$port" --user "${CATALOGUE_USER:-admin}" \
        --no-auth-warning "$@" 2>&1
}
# The value of a text field of the JSON on standard input. `jq -r .title` is more robust.
field() {
    sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'
}

movie=$(ask "$CATALOGUE_PASSWORD" GET 1 JSON)
echo "$(echo "$movie" | field title) ($(echo "$movie" | field released))"

ask "$CATALOGUE_PASSWORD" FIND "$*" LIMIT 5 JSON | field title | sed 's/^/found /'

if [ -z "$(ask "$CATALOGUE_PASSWORD" GET no-such-name)" ]; then
    echo "no movie is called no-such-name"
fi

echo "refused: $(ask "not my password" PING | head -1)"
