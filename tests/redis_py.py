"""What redis-py sees of a catalogue server. Run by tests/redis_clients.rs, with
the port of a server that has the admin `admin` with the password `mdp`, and the
certificate to trust where it speaks TLS."""

import json
import sys

import redis
from redis.client import NEVER_DECODE

PORT = int(sys.argv[1])
TLS = {"ssl": True, "ssl_ca_certs": sys.argv[2]} if len(sys.argv) > 2 else {}


def connect(protocol, password="mdp", **options):
    return redis.Redis(port=PORT, username="admin", password=password,
                       protocol=protocol, socket_timeout=10, **TLS, **options)


def refusal(action):
    """The words of the error that the server must answer with."""
    try:
        answer = action()
    except redis.RedisError as error:
        return str(error)
    raise AssertionError(f"answered {answer!r} instead of refusing")


def movies(protocol):
    client = connect(protocol)
    assert client.ping()
    assert client.dbsize() == 3
    assert client.get("9") is None
    assert client.mget("8", "9") == [None, None]
    assert client.exists("1", "9") == 1
    alien = json.loads(client.execute_command("SEND", "2", "JSON"))
    assert (alien["title"], alien["released"]) == ("Alien", "1979-05-25"), alien
    # A row in postcard begins with its version, and is received without a change.
    row = client.get("3")
    assert row[0] == 0 and "Amélie".encode() in row, row
    decoding = connect(protocol, decode_responses=True)
    assert decoding.execute_command("SEND", "3", **{NEVER_DECODE: True}) == row
    assert json.loads(decoding.execute_command("SEND", "3", "JSON"))["title"] == "Amélie"
    assert "unknown command" in refusal(lambda: client.execute_command("FOO"))
    assert client.ping()


def changes(protocol):
    client = connect(protocol)
    title = 'a:b c"d 🎬'
    put = client.execute_command("PUT", "the new one", json.dumps({"title": title}))
    assert put in (b"OK", True), put
    new = json.loads(client.execute_command("SEND", "the new one", "JSON"))
    assert new["title"] == title, new
    assert client.delete("the new one") == 1
    assert "is not valid" in refusal(lambda: client.execute_command("PUT", b"\xff", "{}"))


def pipelines(protocol):
    client = connect(protocol)
    with client.pipeline(transaction=False) as pipe:
        pipe.get("9").dbsize().execute_command("SEND", "1", "JSON")
        missing, count, row = pipe.execute()
        assert missing is None and count == 3
        assert json.loads(row)["title"] == "The Godfather"
    # By default, redis-py wraps a pipeline in MULTI and EXEC. It must fail as a whole.
    with client.pipeline(transaction=True) as pipe:
        pipe.dbsize().delete("1").execute_command("PUT", "4", '{"title":"Four"}')
        assert "there are no transactions" in refusal(pipe.execute)
    assert client.dbsize() == 3 and client.exists("1") == 1


def descriptions(protocol):
    client = connect(protocol)
    assert len(client.command()) > 20
    assert client.command_count() == len(client.command())
    assert client.execute_command("ECHO", "x") == b"x"


def connections():
    return int(connect(2).info("stats")["total_connections_received"])


def wrong_password(protocol):
    before = connections()
    words = refusal(connect(protocol, password="wrong").ping)
    assert words == "ECHEC wrong user or password, 2 attempts left", words
    # One connection is refused, and one asks for the number of connections.
    assert connections() == before + 2, "the wrong password was sent again"


for version in (2, 3):
    movies(version)
    changes(version)
    pipelines(version)
    descriptions(version)
    wrong_password(version)
