"""Look-ups and a search with redis-py, as JSON and as postcard.

pip install redis
CATALOGUE_PASSWORD=… python examples/client.py godfather
"""

import json
import os
import struct
import sys

import redis


def decode(row):
    """Decodes a movie from postcard. docs/protocol.md describes the layout."""
    at = 0
    def take(n):
        nonlocal at
        at += n
        return row[at - n:at]
    def varint(shift=0):
        byte = take(1)[0]
        return (byte & 127) << shift | (varint(shift + 7) if byte > 127 else 0)
    text = lambda: take(varint()).decode()
    optional = lambda read: read() if take(1)[0] else None
    assert take(1) == b"\0", "a newer server sends rows of another version"
    return dict(id=varint(), name=text(), title=text(), original_title=optional(text),
                released=optional(text), runtime_minutes=optional(varint),
                genres=[text() for _ in range(varint())],
                rating=optional(lambda: struct.unpack("<d", take(8))[0]), votes=optional(varint))


def connect(password):
    host, port = os.environ.get("CATALOGUE_CONNECT", "127.0.0.1:5890").rsplit(":", 1)
    user = os.environ.get("CATALOGUE_USER", "admin")
    return redis.Redis(host, int(port), username=user, password=password)


client = connect(os.environ.get("CATALOGUE_PASSWORD"))

movie = decode(client.get("1"))
print(f"{movie['title']} ({movie['released']})")
assert movie == json.loads(client.execute_command("GET", "1", "JSON"))

for row in client.execute_command("FIND", " ".join(sys.argv[1:]), "LIMIT", 5, "JSON"):
    print("found", json.loads(row)["title"])

if client.get("no-such-name") is None:
    print("no movie is called no-such-name")

try:
    connect("not my password").ping()
except redis.RedisError as error:
    print("refused:", error)
