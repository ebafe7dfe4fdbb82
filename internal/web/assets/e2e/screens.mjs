// Opens every page in a real browser under the real Content-Security-Policy,
// keeps a picture of each where a folder for them is named ("out"), and reports
// what a person would stumble over as one JSON object a line: errors of the
// console, refusals of the policy, requests to elsewhere, text that overflows,
// what axe finds.
//
//   node screens.mjs '{"base":"http://127.0.0.1:1234","out":"dir","pages":[{"name":"overview","path":"/","cookie":"…"}],"looks":[…]}'
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
const atOnce = job.slow ? 1 : 3; // pages that are looked at side by side, unless their time is taken
const say = (o) => console.log(JSON.stringify(o));
if (job.out) await mkdir(job.out, { recursive: true });
try {
  const visits = job.looks.flatMap((look) =>
    job.pages.filter((page) => !page.looks || page.looks.includes(look.name)).filter((page) => !page.submit || page.submit[look.name]).map((page) => ({ page, look })));
  await Promise.all(Array.from({ length: atOnce }, async () => {
    const desks = new Map(); // by look: a window takes longer to open than a page
    for (let next = visits.shift(); next; next = visits.shift()) {
      const { page, look } = next;
      if (!desks.has(look)) desks.set(look, await openDesk(look));
      await visit(desks.get(look), page, look);
    }
  }));
} finally {
  await browser.close();
}

// openDesk opens a tab in a window of its own and notes what comes to pass in it.
async function openDesk(look) {
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    colorScheme: look.dark ? "dark" : "light",
    hasTouch: Boolean(look.phone),
    locale: "zh-CN",
    timezoneId: "Asia/Shanghai",
    reducedMotion: "reduce",
  });
  const tab = await context.newPage();
  const desk = { context, tab, cdp: undefined, page: undefined, where: {}, requests: 0, bytes: 0 };
  await tab.addInitScript(() => {
    window.__csp = [];
    window.__cls = 0;
    new PerformanceObserver((list) => {
      for (const e of list.getEntries()) if (!e.hadRecentInput) window.__cls += e.value;
    }).observe({ type: "layout-shift", buffered: true });
    document.addEventListener("securitypolicyviolation", (e) => window.__csp.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber} ${e.sample}`));
  });
  tab.on("console", (m) => {
    const { status } = desk.page;
    if (m.type() === "error" && !(status >= 400 && m.text().includes(String(status)))) say({ ...desk.where, kind: "console", text: m.text() });
  });
  tab.on("pageerror", (e) => say({ ...desk.where, kind: "error", text: String(e) }));
  const cdp = desk.cdp = await context.newCDPSession(tab);
  await cdp.send("Network.enable");
  await cdp.send("Network.setCacheDisabled", { cacheDisabled: Boolean(look.first) });
  cdp.on("Network.requestWillBeSent", (e) => {
    if (e.request.url.startsWith("data:")) return;
    desk.requests++;
    if (!e.request.url.startsWith(job.base)) say({ ...desk.where, kind: "elsewhere", text: e.request.url });
  });
  cdp.on("Network.loadingFinished", (e) => { desk.bytes += e.encodedDataLength; });
  return desk;
}

// visit opens a page as the person whose page it is.
async function visit(desk, page, look) {
  const { context, tab } = desk;
  await tab.goto("about:blank"); // whatever the last page still does is its own
  await tab.setViewportSize({ width: look.width, height: look.height }); // nor is its last look this one's first
  await context.clearCookies();
  if (page.cookie) await context.addCookies([{ name: "huiying", value: page.cookie, url: job.base, httpOnly: true, sameSite: "Lax" }]);
  Object.assign(desk, { page, where: { page: page.name, look: look.name }, requests: 0, bytes: 0 });
  if (job.slow && look.first) await desk.cdp.send("Emulation.setCPUThrottlingRate", { rate: job.slow });
  let res = await tab.goto(job.base + page.path, { waitUntil: "load" });
  if (page.submit) {
    Object.assign(desk, { requests: 0, bytes: 0 });
    res = await submit(tab, page.submit[look.name]);
  }
  if (page.wait) await tab.waitForSelector(page.wait, { timeout: 30_000 });
  const begun = await paint(tab);
  if (job.slow && look.first) await desk.cdp.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  if (page.open) await tab.$$eval(page.open, (list) => list.forEach((d) => { d.open = true; }));
  for (const as of [look, ...(look.also ?? [])]) {
    await become(tab, as);
    desk.where = { page: page.name, look: as.name };
    const found = await inspect(tab, page, as, desk.where);
    say({ ...desk.where, kind: "seen", status: res.status(), requests: desk.requests, bytes: desk.bytes, ...begun, ...found, csp: undefined });
  }
}

// submit sends a form from the page that is open, as the browser does, and gives
// its answer.
async function submit(tab, { to, fields }) {
  const [res] = await Promise.all([
    tab.waitForNavigation({ waitUntil: "load" }),
    tab.evaluate(({ to, fields }) => {
      const form = Object.assign(document.createElement("form"), { method: "post", action: to });
      for (const [name, values] of Object.entries(fields)) {
        for (const value of values) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
      }
      document.body.append(form);
      form.submit();
    }, { to, fields }),
  ]);
  return res;
}

// paint is when the page was first seen (ms) and how much of it moved while it
// was loaded (layout shift), a moment after the load.
async function paint(tab) {
  await tab.waitForTimeout(150);
  return tab.evaluate(() => ({ fcp: Math.round(performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0), cls: window.__cls }));
}

// become shows the open page in a look: that of its desk, or one of the others.
async function become(tab, look) {
  await tab.setViewportSize({ width: look.width, height: look.height });
  await tab.emulateMedia({ colorScheme: look.dark ? "dark" : "light", reducedMotion: look.moving ? "no-preference" : "reduce" });
  await tab.evaluate((large) => document.documentElement.toggleAttribute("data-large", large), Boolean(look.large));
}

// fits names what keeps a screen from being read from afar: a page longer than
// the window, text below a size, a card whose content is cut off below.
function fits(least) {
  const wrong = [];
  const tall = document.documentElement.scrollHeight - window.innerHeight;
  if (tall > 0) wrong.push(`${tall} px below the window`);
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const box = n.parentElement;
    if (!n.data.trim() || !box.checkVisibility() || box.closest(".visually-hidden, .skip, noscript, script")) continue;
    const size = parseFloat(getComputedStyle(box).fontSize);
    if (size < least - 0.01) wrong.push(`${size} px: ${n.data.trim().slice(0, 30)}`);
  }
  for (const card of document.querySelectorAll(".wall-card, .wall-kpi")) {
    if (card.scrollHeight > card.clientHeight + 1) wrong.push(`${card.className} is cut by ${card.scrollHeight - card.clientHeight} px`);
  }
  return wrong;
}

// halved names the rows of a screen that their card shows a part of, at several
// moments of what moves: a row is there wholly or not at all.
async function halved(tab) {
  const wrong = new Set();
  for (const share of [0, 0.3, 0.47, 0.5, 0.61, 0.999]) {
    for (const text of await tab.evaluate((share) => {
      const moving = document.getAnimations().filter((a) => a.effect.target.matches(".wall-box ol"));
      for (const a of moving) {
        a.pause();
        a.currentTime = share * a.effect.getTiming().duration;
      }
      const said = [];
      let whole = 0;
      for (const row of document.querySelectorAll(".wall-alerts li, .wall-cases tbody tr, .wall-sources li")) {
        const box = row.closest(".wall-box, .wall-card").getBoundingClientRect();
        const at = row.getBoundingClientRect();
        const seen = Math.min(at.bottom, box.bottom) - Math.max(at.top, box.top);
        if (seen >= at.height - 1) whole++;
        else if (seen > 1) said.push(`${Math.round(seen)} of ${Math.round(at.height)} px of a row: ${row.textContent.trim().slice(0, 30)}`);
      }
      if (whole === 0) said.push("no row is shown");
      for (const a of moving) a.play();
      return said;
    }, share)) wrong.add(text);
  }
  return wrong;
}

// below is how far the page can be scrolled past its foot, the bar of a phone
// aside: what hangs out of a list that scrolls by itself makes a page longer.
function below() {
  const foot = document.querySelector("footer.foot");
  if (!foot) return 0;
  const end = foot.getBoundingClientRect().bottom + window.scrollY;
  const past = document.documentElement.scrollHeight - Math.max(end, window.innerHeight);
  return past > 160 ? Math.round(past) : 0;
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
  if (look.fit) for (const text of await tab.evaluate(fits, look.fit)) say({ ...where, kind: "fit", text });
  if (look.fit) for (const text of await halved(tab)) say({ ...where, kind: "halved", text });
  for (const text of found.csp) say({ ...where, kind: "csp", text });
  if (found.wide > 0) say({ ...where, kind: "overflow", text: String(found.wide) + " px" });
  const blank = await tab.evaluate(below);
  if (blank > 0) say({ ...where, kind: "blank", text: `${blank} px of nothing below the page` });
  if (page.axe !== false && look.axe) {
    if (!(await tab.evaluate(() => Boolean(window.axe)))) await tab.evaluate(axe);
    const runOnly = look.rules ? { type: "rule", values: look.rules } : ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    // What passes needs no names of its elements, which take longest to find.
    const report = await tab.evaluate((runOnly) => window.axe.run(document, { runOnly, resultTypes: ["violations"] }), runOnly);
    for (const v of report.violations) {
      for (const n of v.nodes) say({ ...where, kind: "axe", text: `${v.id}: ${n.target.join(" ")}: ${n.failureSummary.split("\n").slice(1, 2).join("").trim()}` });
    }
  }
  if (job.out) await tab.screenshot({ path: join(job.out, `${page.name}-${look.name}.png`), fullPage: !page.fold });
  return found;
}
