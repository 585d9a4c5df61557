// Uses the pages in Chromium as a user does: tests/browser/mod.rs starts the server.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";

const packages = createRequire(`${process.env.CATALOGUE_TEST_NODE}/`);
const { chromium } = packages("playwright-core");
const axe = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");

const { CATALOGUE_PAGE: base, CATALOGUE_USER: user, CATALOGUE_PASSWORD: password } = process.env;
const keyMilliseconds = Number(process.env.CATALOGUE_KEY_MS);
const port = new URL(base).port;
/** The most bytes of the first answer with everything that it loads. */
const FIRST_BYTES = 60_000;
const EVIL_TITLE = `<img src=x onerror="document.title='run'"> & "quoted"`;

const browser = await chromium.launch({
  executablePath: process.env.CATALOGUE_CHROMIUM,
  args: [`--host-resolver-rules=MAP rebound.example 127.0.0.1`],
});

/** Runs `use` in a new page. Nothing may go wrong in the page meanwhile. */
async function inPage(options, use, isExpected = () => false) {
  const context = await browser.newContext({ baseURL: base, ...options });
  const page = await context.newPage();
  const faults = [];
  const note = (text) => isExpected(text) || faults.push(text);
  page.on("console", (message) => message.type() === "error" && note(message.text()));
  page.on("pageerror", (error) => note(error.message));
  page.on("request", (request) => new URL(request.url()).origin === base || note(`${request.url()} is elsewhere`));
  await page.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) => console.error(event.violatedDirective)));
  await use(page, context);
  assert.deepEqual(faults, []);
  await context.close();
}

async function logIn(page) {
  await page.goto("/login");
  await page.fill("#user", user);
  await page.fill("#password", password);
  await page.click("main button");
  await page.waitForURL(`${base}/`);
}

const option = (page, number) => page.locator("#options [role=option]").nth(number);
/** Waits until the open rows are those of a query, not of the keys before it. */
const rowsOf = (page, query) => page.locator(`#options[data-query=${JSON.stringify(query)}] [role=option]`).first().waitFor();
const steps = [];
const step = (name, run) => steps.push([name, run]);

step("three keys find a film, and Enter opens it", () => inPage({}, async (page) => {
  await page.goto("/");
  const input = page.locator("#q");
  await input.focus();
  assert.equal(await input.getAttribute("role"), "combobox");
  assert.equal(await input.getAttribute("aria-expanded"), "false");
  await page.keyboard.type("god", { delay: 20 });
  await rowsOf(page, "god");
  await option(page, 0).getByText("The Godfather").waitFor();
  assert.equal(await input.getAttribute("aria-expanded"), "true");
  assert.equal(await option(page, 0).locator("mark").innerText(), "God");
  await page.keyboard.press("ArrowDown");
  assert.equal(await input.getAttribute("aria-activedescendant"), "option-0");
  assert.equal(await option(page, 0).getAttribute("aria-selected"), "true");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/film/1");
  assert.equal(await page.locator("h1").innerText(), "The Godfather");
}));

step("every key of the combobox", () => inPage({}, async (page) => {
  await page.goto("/browse");
  const input = page.locator("#q");
  const active = () => input.getAttribute("aria-activedescendant");
  await page.keyboard.press("/");
  assert.ok(await input.evaluate((element) => element === document.activeElement));
  await page.keyboard.type("the");
  await rowsOf(page, "the");
  const last = `option-${(await page.locator("[role=option]").count()) - 1}`;
  for (const [key, expected] of [["ArrowUp", last], ["ArrowDown", "option-0"], ["ArrowDown", "option-1"],
    ["End", last], ["Home", "option-0"], ["ArrowUp", last]]) {
    await page.keyboard.press(key);
    assert.equal(await active(), expected, key);
  }
  await page.locator("[role=status]").getByText(/^\d+ results$/).waitFor({ state: "attached" });
  await page.keyboard.press("Escape");
  assert.equal(await input.getAttribute("aria-expanded"), "false");
  assert.equal(await active(), null);
  assert.equal(await input.inputValue(), "the");
  await page.keyboard.press("Escape");
  assert.equal(await input.inputValue(), "");
  await page.keyboard.type("matrix");
  await rowsOf(page, "matrix");
  await page.keyboard.press("Tab");
  assert.equal(await input.getAttribute("aria-expanded"), "false");
  assert.ok(await input.evaluate((element) => element !== document.activeElement));
  await input.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/search?q=matrix");
  await page.locator(".row", { hasText: "The Matrix" }).first().click();
  await page.waitForURL("**/film/**");
  await page.locator("#q").fill("alien");
  await rowsOf(page, "alien");
  await option(page, 0).getByText("Alien").click();
  await page.waitForURL("**/film/2");
}));

step("input methods, and the last answer wins", () => inPage({}, async (page) => {
  await page.goto("/");
  const asked = [];
  await page.route("**/options?q=**", async (route) => {
    const query = new URL(route.request().url()).searchParams.get("q");
    asked.push(query);
    if (query === "a") await new Promise((done) => setTimeout(done, 500));
    await route.continue().catch(() => {});
  });
  // The events of one call arrive without a pause, however slow this machine is.
  const send = (type, isComposing, ...values) => page.locator("#q").evaluate((input, [type, isComposing, values]) => {
    input.focus();
    for (const value of values) {
      input.value = value;
      input.dispatchEvent(type === "input" ? new InputEvent("input", { isComposing }) : new CompositionEvent(type));
    }
  }, [type, isComposing, values]);
  await send("input", true, "ｍ");
  await page.waitForTimeout(150);
  assert.deepEqual(asked, []);
  await send("compositionend", false, "matrix");
  await rowsOf(page, "matrix");
  await send("input", false, "a", "al", "alien");
  await rowsOf(page, "alien");
  await page.waitForTimeout(700);
  assert.match(await option(page, 0).innerText(), /Alien/);
  assert.deepEqual(asked, ["matrix", "a", "alien"]);
}));

step("without scripts", () => inPage({ javaScriptEnabled: false }, async (page) => {
  await page.goto("/");
  await page.fill("#q", "godfather");
  await page.click(".search button");
  await page.waitForURL("**/search?q=godfather");
  await page.click(".row a");
  assert.equal(await page.locator("h1").innerText(), "The Godfather");
  await page.goto("/search?genre=Sci-Fi");
  await page.selectOption("select[name=decade]", "1970");
  await page.click(".filters button");
  assert.match(page.url(), /genre=Sci-Fi&decade=1970/);
  assert.ok(await page.locator(".card", { hasText: "Alien" }).count());
  await page.goto("/search?genre=Drama");
  await page.click("a[rel=next]");
  assert.ok(await page.locator(".card").count());
}));

step("an admin's pages", () => inPage({}, async (page) => {
  await page.goto("/admin");
  assert.match(page.url(), /\/login\?next=%2Fadmin$/);
  await page.fill("#user", user);
  await page.fill("#password", "wrong password");
  await page.click("main button");
  await page.locator("[role=alert]").waitFor();
  await page.fill("#password", password);
  await page.click("main button");
  await page.waitForURL("**/admin");
  await page.getByText("Commands").first().waitFor();
  await page.goto("/admin/accounts");
  await page.fill("form[action$=add] [name=user]", "guest");
  await page.fill("form[action$=add] [name=password]", "a long enough password");
  await page.click("form[action$=add] button");
  await page.locator("tbody tr", { hasText: "guest" }).waitFor();
  page.on("dialog", (dialog) => dialog.accept());
  await page.locator("tr", { hasText: "guest" }).locator("button", { hasText: "Remove" }).click();
  await page.locator("tbody tr", { hasText: "guest" }).waitFor({ state: "detached" });
  await page.goto("/admin/keys");
  await page.fill("[name=name]", "kiosk");
  await page.click("form[action$=add] button");
  const key = await page.locator("#secret").innerText();
  const answer = await fetch(`${base}/api/v1/movies/1`, { headers: { authorization: `Bearer ${key}` } });
  assert.equal((await answer.json()).title, "The Godfather");
  await page.goto("/admin/keys");
  assert.ok(!(await page.content()).includes(key));
  await page.locator("tr", { hasText: "kiosk" }).locator("button").click();
  await page.locator("tbody tr", { hasText: "kiosk" }).waitFor({ state: "detached" });
  assert.equal((await fetch(`${base}/api/v1/movies/1`, { headers: { authorization: `Bearer ${key}` } })).status, 401);
  await page.goto("/admin/connections");
  assert.ok(await page.locator("tbody tr").count());
}, (text) => text.includes("401")));

step("an import, and titles that look like HTML", () => inPage({}, async (page) => {
  await logIn(page);
  await page.goto("/admin/import");
  const upload = async (text, ...boxes) => {
    await page.setInputFiles("#file", { name: "films.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    for (const box of boxes) await page.check(`[name=${box}]`);
    await page.click("form[data-upload] button");
  };
  await upload(`name,title,rating\nevil,"${EVIL_TITLE.replaceAll('"', '""')}",7\nbad,Bad,70\n`);
  await page.locator(".import-state .fault").waitFor();
  assert.equal(await page.locator(".refused li").count(), 1);
  await upload(`name,title,rating\nevil,"${EVIL_TITLE.replaceAll('"', '""')}",7\nbad,Bad,70\n`, "skip_bad");
  await page.locator(".import-state .done").waitFor();
  assert.match(await page.locator(".import-state .done").innerText(), /^1 added, .*, 1 refused$/);
  await page.goto("/film/evil");
  assert.equal(await page.locator("h1").innerText(), EVIL_TITLE);
  await page.fill("#q", "img onerror");
  await option(page, 0).getByText("<img").waitFor();
  await page.goto("/search?q=" + encodeURIComponent(`"><script>document.title='run'</script>`));
  assert.doesNotMatch(await page.title(), /^run/);
}));

step("other sites' forms, and names that lead here", async () => {
  const page = `<form method="post" action="${base}/admin/accounts/add"><input name="user" value="intruder">
    <input name="password" value="a long enough password"><input name="role" value="admin"></form><script>document.forms[0].submit()</script>`;
  const site = createServer((_, answer) => answer.writeHead(200, { "content-type": "text/html" }).end(page));
  await new Promise((done) => site.listen(0, "127.0.0.1", done));
  const context = await browser.newContext({ baseURL: base });
  const own = await context.newPage();
  await logIn(own);
  for (const host of ["localhost", "127.0.0.1"]) {
    const other = await context.newPage();
    const refused = other.waitForResponse((response) => response.url().endsWith("/add"));
    await other.goto(`http://${host}:${site.address().port}/`);
    // Without its cookie it is sent to the login.
    assert.ok([303, 403].includes((await refused).status()), host);
  }
  await own.goto("/admin/accounts");
  assert.equal(await own.getByText("intruder").count(), 0);
  const rebound = await context.newPage();
  assert.equal((await rebound.goto(`http://rebound.example:${port}/`)).status(), 421);
  await context.close();
  site.close();
});

step("axe finds nothing, and nothing is wider than the screen", async () => {
  const pages = ["/", "/browse", "/search?q=the", "/search?genre=Crime", "/search?q=qzxwv", "/film/1",
    "/film/the-matrix-1999", "/person/christopher-nolan", "/login", "/film/no-such-film", "/admin",
    "/admin/accounts", "/admin/keys", "/admin/connections", "/admin/import"];
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 320]) {
      await inPage({ colorScheme, viewport: { width, height: 800 } }, async (page) => {
        await logIn(page);
        for (const path of pages) {
          await page.goto(path);
          if (path === "/") {
            await page.fill("#q", "the");
            await rowsOf(page, "the");
          }
          const found = await page.evaluate(`${axe};axe.run().then((all) => all.violations.map((one) => one.id + ": " + one.nodes[0].html))`);
          assert.deepEqual(found, [], `${path} ${colorScheme} ${width}`);
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path} at ${width}`);
        }
      }, (text) => text.includes("404"));
    }
  }
});

step("the first answer is light", () => inPage({}, async (page, context) => {
  const network = await context.newCDPSession(page);
  await network.send("Network.enable");
  let bytes = 0;
  network.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
  const answer = await page.goto("/", { waitUntil: "networkidle" });
  assert.match(answer.headers()["content-security-policy"], /^default-src 'none'; script-src 'self';/);
  assert.ok(bytes > 0 && bytes < FIRST_BYTES, `${bytes} bytes`);
  console.log(`measured: first answer with all its files: ${bytes} bytes`);
}));

step("rows follow a key at once", () => inPage({}, async (page) => {
  await page.goto("/");
  await page.evaluate(() => {
    window.times = [];
    let pressed;
    addEventListener("keydown", () => (pressed = performance.now()), true);
    const painted = () => {
      const channel = new MessageChannel();
      const begin = pressed;
      channel.port1.onmessage = () => window.times.push(performance.now() - begin);
      channel.port2.postMessage(0);
    };
    new MutationObserver(() => requestAnimationFrame(painted)).observe(document.getElementById("options"), { childList: true });
  });
  await page.locator("#q").focus();
  for (const title of ["the godfather", "inception", "spirited away", "blade runner", "casablanca", "pulp fiction"]) {
    for (const letter of title) {
      const shown = await page.evaluate(() => window.times.length);
      await page.keyboard.press(letter === " " ? "Space" : letter);
      // A space at the end sends no request.
      if (letter !== " ") await page.waitForFunction((shown) => window.times.length > shown, shown);
    }
    await page.fill("#q", "");
  }
  const times = (await page.evaluate(() => window.times)).sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)].toFixed(1);
  console.log(`measured: a key to its rows on the screen: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, ${times.length} keys`);
  assert.ok(Number(at(0.95)) < keyMilliseconds, `p95 ${at(0.95)} ms`);
}));

let failed = 0;
for (const [name, run] of steps) {
  try {
    await run();
    console.log(`- ${name}`);
  } catch (error) {
    failed++;
    console.log(`failed: ${name}: ${error.stack}`);
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
