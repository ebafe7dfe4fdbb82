// Opens every page in a real browser under the real Content-Security-Policy,
// keeps a picture of each, and reports what a person would stumble over as one
// JSON object a line: errors of the console, refusals of the policy, requests
// to elsewhere, text that overflows, what axe finds.
//
//   node screens.mjs '{"base":"http://127.0.0.1:1234","out":"dir","pages":[{"name":"overview","path":"/","cookie":"…"}]}'
import { chromium } from "playwright-core";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const job = JSON.parse(process.argv[2]);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// playwright gives every run an empty profile of its own.
const browser = await chromium.launch({
  executablePath: job.chromium,
  headless: true,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars"],
});
const atOnce = 3; // pages that are looked at side by side
const contexts = new Map(); // of promises
const say = (o) => console.log(JSON.stringify(o));
if (job.out) await mkdir(job.out, { recursive: true });
try {
  const visits = job.looks.flatMap((look) =>
    job.pages.filter((page) => !page.looks || page.looks.includes(look.name)).map((page) => () => visit(page, look)));
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let next = visits.shift(); next; next = visits.shift()) await next();
  }));
} finally {
  await browser.close();
}

// contextOf is a browser that has seen nothing for looks that measure the first
// view, and otherwise one for each look and person.
function contextOf(page, look) {
  if (look.first) return newContext(page, look);
  const key = look.name + (page.cookie ?? "");
  if (!contexts.has(key)) contexts.set(key, newContext(page, look));
  return contexts.get(key);
}

async function newContext(page, look) {
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    colorScheme: look.dark ? "dark" : "light",
    hasTouch: Boolean(look.phone),
    locale: "zh-CN",
    timezoneId: "Asia/Shanghai",
    reducedMotion: "reduce",
  });
  if (page.cookie) await context.addCookies([{ name: "huiying", value: page.cookie, url: job.base, httpOnly: true, sameSite: "Lax" }]);
  return context;
}

async function visit(page, look) {
  const context = await contextOf(page, look);
  const tab = await context.newPage();
  const where = { page: page.name, look: look.name };
  let requests = 0;
  let bytes = 0;
  await tab.addInitScript(() => {
    window.__csp = [];
    document.addEventListener("securitypolicyviolation", (e) => window.__csp.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber} ${e.sample}`));
  });
  tab.on("console", (m) => {
    if (m.type() === "error" && !(page.status >= 400 && m.text().includes(String(page.status)))) say({ ...where, kind: "console", text: m.text() });
  });
  tab.on("pageerror", (e) => say({ ...where, kind: "error", text: String(e) }));
  const cdp = await context.newCDPSession(tab);
  await cdp.send("Network.enable");
  cdp.on("Network.requestWillBeSent", (e) => {
    if (e.request.url.startsWith("data:")) return;
    requests++;
    if (!e.request.url.startsWith(job.base)) say({ ...where, kind: "elsewhere", text: e.request.url });
  });
  cdp.on("Network.loadingFinished", (e) => { bytes += e.encodedDataLength; });
  const res = await tab.goto(job.base + page.path, { waitUntil: "load" });
  if (page.wait) await tab.waitForSelector(page.wait, { timeout: 10_000 });
  if (page.open) await tab.$$eval(page.open, (list) => list.forEach((d) => { d.open = true; }));
  for (const as of [look, ...(look.also ?? [])]) {
    if (as !== look) await become(tab, as);
    const name = { page: page.name, look: as.name };
    const found = await inspect(tab, page, as, name);
    say({ ...name, kind: "seen", status: res.status(), requests, bytes, ...found, csp: undefined });
  }
  await (look.first ? context : tab).close();
}

// become shows the page that is open in another look.
async function become(tab, look) {
  await tab.setViewportSize({ width: look.width, height: look.height });
  await tab.emulateMedia({ colorScheme: look.dark ? "dark" : "light", reducedMotion: "reduce" });
  await tab.evaluate((large) => document.documentElement.toggleAttribute("data-large", large), Boolean(look.large));
}

// inspect reports what is wrong with the page as it stands.
async function inspect(tab, page, look, where) {
  await tab.waitForTimeout(150); // the chart is drawn again and the stylesheet's transitions end
  const found = await tab.evaluate(() => ({
    csp: window.__csp.splice(0),
    wide: document.documentElement.scrollWidth - window.innerWidth,
    chart: document.querySelectorAll("[data-chart] svg").length,
    nodes: document.querySelectorAll("*").length,
  }));
  for (const text of found.csp) say({ ...where, kind: "csp", text });
  if (found.wide > 0) say({ ...where, kind: "overflow", text: String(found.wide) + " px" });
  if (page.axe !== false && look.axe) {
    if (!(await tab.evaluate(() => Boolean(window.axe)))) await tab.evaluate(axe);
    const runOnly = look.rules ? { type: "rule", values: look.rules } : ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const report = await tab.evaluate((runOnly) => window.axe.run(document, { runOnly }), runOnly);
    for (const v of report.violations) {
      for (const n of v.nodes) say({ ...where, kind: "axe", text: `${v.id}: ${n.target.join(" ")}: ${n.failureSummary.split("\n").slice(1, 2).join("").trim()}` });
    }
  }
  if (job.out) await tab.screenshot({ path: join(job.out, `${page.name}-${look.name}.png`), fullPage: !page.fold });
  return found;
}
