// Draws docs/page.webp, the picture of the page in README.md: the front page of `catalogue demo`
// while someone types, in Chromium. The argument is the program, or else the release build.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";

const root = path.resolve(import.meta.dirname, "../..");
const folder = path.resolve(root, process.env.CATALOGUE_TEST_NODE ?? "target/ci-node");
const { chromium } = createRequire(`${folder}/`)("playwright-core");
const program = process.argv[2] ?? path.join(root, "target/release/catalogue");

const demo = spawn(program, ["demo"], { stdio: ["ignore", "pipe", "inherit"] });
try {
  const { value: line } = await createInterface(demo.stdout)[Symbol.asyncIterator]().next();
  const [address] = /http:[^ ]*/.exec(line);
  const executablePath = process.env.CATALOGUE_CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const page = await browser.newPage({ viewport: { width: 1120, height: 800 } });
  await page.goto(address);
  await page.locator("#q").pressSequentially("sta");
  await page.waitForFunction(() => document.querySelectorAll("#options mark").length > 4);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 85 });
  writeFileSync(path.join(root, "docs/page.webp"), Buffer.from(data, "base64"));
  await browser.close();
} finally {
  demo.kill();
}
