// The clients of OMDb from npm: the server's address, and a key. The catalogue has the movies of
// tests/omdb/mod.rs.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [base, key] = process.argv.slice(2);
const require = createRequire(import.meta.url);

const imdb = require("imdb-api");
const client = new imdb.Client({ apiKey: key, baseURL: base });
const film = await client.get({ id: "tt9000001" });
assert.deepEqual([film.title, film.year, film.rating], ["The Deep", 1994, 8.8]);
const series = await client.get({ name: "Long" });
assert.deepEqual([series.start_year, series.end_year, series.totalseasons], [2011, undefined, 2]);
assert.equal((await series.episodes()).length, 3);
const found = await client.search({ name: "deep" });
assert.deepEqual([found.totalresults, found.results.length], [2, 2]);
await assert.rejects(client.get({ name: "zxqwvk" }), (error) => /Movie not found!/.test(error.message));

const OMDB = require("omdbapi");
const other = new OMDB(key);
other.utils.config.url = `${base}?`;
const movie = await other.get({ title: "The Deep" });
assert.deepEqual([movie.imdbid, movie.director[1]], ["tt9000001", "Bo B"]);
assert.equal(Object.keys(await other.search({ search: "deep" })).length, 2);
await assert.rejects(other.get({ id: "x" }), /Incorrect IMDb ID/);
