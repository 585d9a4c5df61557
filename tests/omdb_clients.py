"""One client of OMDb from PyPI: its name, the server's address, and a key.

The catalogue has the movies of tests/omdb/mod.rs. A client that has the address of OMDb in its
code is run with the server as its proxy.
"""

import sys

client, base, key = sys.argv[1:]


def omdb():
    import omdb as package

    api = package.OMDBClient(apikey=key)
    api.url = base
    film = api.get(title="The Deep", fullplot=True, tomatoes=True)
    assert film["imdb_votes"] == "2,370,839" and film["ratings"][0]["value"] == "8.8/10", film
    assert api.imdbid("tt9000002")["total_seasons"] == "2"
    assert [row["title"] for row in api.search_movie("deep")] == ["The Deep", "The Deep End"]
    assert api.get(title="zxqwvk") == {}
    season = api.get(imdbid="tt9000002", season=1)
    assert [row["episode"] for row in season["episodes"]] == ["1", "2"], season


def omdbpy():
    from omdb import Api

    api = Api(apikey=key)
    api._url = base
    assert api.search(title="The Deep").json()["Runtime"] == "142 min"
    xml = api.search(imdb_id="tt9000001", return_type="xml").text
    assert xml.startswith('<root response="True"><movie title="The Deep" year="1994"'), xml
    call = api.search(search_terms="deep", callback="films").text
    assert call.startswith('films({"Search":[') and call.endswith(");"), call
    episode = api.search(imdb_id="tt9000002", season=1, episode=2).json()
    assert episode["seriesID"] == "tt9000002" and episode["Season"] == "1", episode


def pyomdbapi():
    from omdb import OMDB
    from omdb.exceptions import OMDBInvalidAPIKey, OMDBNoResults

    api = OMDB(key)
    api._api_url = base
    assert api.get(title="The Deep")["director"] == "Ann A, Bo B"
    assert api.get_series(imdbid="tt9000002")["year"] == "2011\u20132019"
    found = api.search("deep", pull_all_results=True)
    assert found["total_results"] in ("2", 2) and len(found["search"]) == 2, found
    assert len(api.get_episodes(imdbid="tt9000002", season=1)["episodes"]) == 2
    for title in ["zxqwvk"]:
        try:
            api.get(title=title)
        except OMDBNoResults:
            continue
        raise AssertionError("a film that is not there was found")
    api.api_key = "wrong"
    try:
        api.get(title="The Deep")
    except OMDBInvalidAPIKey:
        return
    raise AssertionError("a wrong key was accepted")


def omdbapi():
    from omdbapi.movie_search import GetMovie, GetMovieException

    film = GetMovie(api_key=key)
    values = film.get_movie(title="The Deep", plot="full")
    assert values["plot"] == "It sinks." and values["type"] == "movie", values
    assert film.get_data("Director", "Actors")["actors"] == "C C, D D, E E"
    try:
        GetMovie(api_key="wrong").get_movie(title="The Deep")
    except GetMovieException as error:
        assert str(error) == "Invalid API key!", error
        return
    raise AssertionError("a wrong key was accepted")


def aio_omdb():
    from aio_omdb import client as package
    from aio_omdb import exc

    api = package.SyncOMDBClient(base_url=base, api_key=key)
    film = api.get_by_id("tt9000001")
    assert (film.title, film.imdb_rating, film.box_office) == ("The Deep", "8.8", "N/A"), film
    assert [row.imdb_id for row in api.search("deep", type="game")] == []
    assert len(api.search("deep", page=1)) == 2 and api.search("deep", page=2) == []
    for wrong, error in [("tt0000000", exc.OMDBClientError), ("x", exc.MovieNotFound)]:
        try:
            api.get_by_id(wrong)
        except error:
            continue
        raise AssertionError("a film that is not there was found")


{"omdb": omdb, "omdbpy": omdbpy, "pyomdbapi": pyomdbapi, "omdbapi": omdbapi, "aio-omdb": aio_omdb}[
    client
]()
