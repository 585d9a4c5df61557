// Look-ups and a search with ioredis. The server returns movies as JSON.
//
// npm install ioredis
// CATALOGUE_PASSWORD=… node examples/client.mjs godfather

import Redis from "ioredis";

const { CATALOGUE_CONNECT = "127.0.0.1:5890", CATALOGUE_USER = "admin", CATALOGUE_PASSWORD } = process.env;

function connect(password) {
  const [, host, port] = CATALOGUE_CONNECT.match(/^(.*):(\d+)$/);
  const client = new Redis({
    host,
    port,
    username: CATALOGUE_USER,
    password,
    lazyConnect: true,
    retryStrategy: null, // A refused login would be refused again, and each attempt counts.
  });
  let reason; // The server's error. connect() itself only reports that the connection is closed.
  client.on("error", (error) => (reason = error));
  return client.connect().then(() => client, (closed) => Promise.reject(reason ?? closed));
}

const client = await connect(CATALOGUE_PASSWORD);

const movie = JSON.parse(await client.call("GET", "1", "JSON"));
console.log(`${movie.title} (${movie.released})`);

const words = process.argv.slice(2).join(" ");
for (const row of await client.call("FIND", words, "LIMIT", 5, "JSON")) {
  console.log("found", JSON.parse(row).title);
}

if ((await client.get("no-such-name")) === null) {
  console.log("no movie is called no-such-name");
}

try {
  const unauthenticated = await connect("not my password");
  await unauthenticated.ping();
  unauthenticated.disconnect();
} catch (error) {
  console.log("refused:", error.message);
}
client.disconnect();
