// A program with the types that openapi-typescript makes of the description. A field or a
// parameter that the description does not have would not compile.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

declare const process: { env: Record<string, string | undefined>; exit(code: number): never };

const client = createClient<paths>({
  baseUrl: process.env.CATALOGUE_BASE,
  // As the description says of lists: separated by commas.
  querySerializer: { array: { style: "form", explode: false } },
  headers: { Authorization: `Bearer ${process.env.CATALOGUE_KEY}` },
});

function check(holds: boolean, what: string): void {
  if (!holds) {
    console.error(`failed: ${what}`);
    process.exit(1);
  }
}

const one = await client.GET("/api/v1/movies/{name}", { params: { path: { name: "2" } } });
check(one.data?.title === "Alien", "a movie by its name");

const found = await client.GET("/api/v1/search", {
  params: { query: { q: "godf", limit: 3, fields: ["name", "title"], highlight: "true" } },
});
check(found.data?.movies[0].title === "The Godfather", "a search");
check(found.data?.movies[0].highlight?.[1].is_match === true, "its highlighted part");

const put = await client.PUT("/api/v1/movies/{name}", {
  params: { path: { name: "a/b" } },
  body: { title: "Heat", released: "1995", genres: ["Crime"] },
});
check(put.response.status === 204, "a new movie");

const missing = await client.GET("/api/v1/movies/{name}", { params: { path: { name: "none" } } });
check(missing.error?.status === 404 && missing.error.title === "Not Found", "a refusal");

const accounts = await client.GET("/api/v1/accounts");
check(accounts.data?.accounts.some((account) => account.role === "admin") === true, "the accounts");
