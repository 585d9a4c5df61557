// Answers queries with MiniSearch, for `engines.rs`.
//
// Arguments: the folder of MiniSearch's package, and a file with a movie in each line: label, title,
// original title and votes, with tabs. Each line of the input is a query. Each line of the output has
// the processor's microseconds and the labels of ten movies, with tabs. The first line follows the indexing.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [folder, file] = process.argv.slice(2);
const MiniSearch = createRequire(`${folder}/`)("minisearch");
const documents = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => line)
  .map((line, id) => {
    const [label, title, original, votes] = line.split("\t");
    return { id, label, title, original, boost: Math.log(2 + Number(votes)) };
  });
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const index = new MiniSearch({
  fields: ["title", "original"],
  storeFields: ["label", "boost"],
  processTerm: (term) => plain(term) || null,
  searchOptions: {
    prefix: true,
    fuzzy: 0.2,
    boostDocument: (_id, _term, stored) => stored.boost,
  },
});
index.addAll(documents);
console.log("ready");
for await (const query of createInterface({ input: process.stdin })) {
  const started = process.cpuUsage();
  let found = index.search(query, { combineWith: "AND" });
  if (found.length === 0) found = index.search(query, { combineWith: "OR" });
  const labels = found.slice(0, 10).map((movie) => movie.label);
  const { user, system } = process.cpuUsage(started);
  const micros = user + system;
  console.log([micros, ...labels].join("\t"));
}
