// Opens the overview and waits for something new, as somebody on duty does.
// Writes "ready" once the stream is open; then one JSON object with what was
// seen: how long the page took to show it, what went wrong.
import { chromium } from "playwright-core";

const job = JSON.parse(process.argv[2]);
const browser = await chromium.launch({
  executablePath: job.chromium,
  headless: true,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const wrong = [];
try {
  const context = await browser.newContext({ viewport: { width: 1366, height: 860 }, locale: "zh-CN", timezoneId: "Asia/Shanghai" });
  await context.addCookies([{ name: "huiying", value: job.cookie, url: job.base, httpOnly: true, sameSite: "Lax" }]);
  const open = async (path) => {
    const tab = await context.newPage();
    await tab.addInitScript(() => document.addEventListener("securitypolicyviolation", (e) => console.error("csp " + e.violatedDirective)));
    tab.on("console", (m) => m.type() === "error" && wrong.push(m.text()));
    tab.on("pageerror", (e) => wrong.push(String(e)));
    await tab.goto(job.base + path);
    return tab;
  };
  const first = await open("/");
  await first.waitForSelector('#live-state[data-state="on"]');
  await first.waitForSelector("[data-chart] svg");
  // Seven tabs share one stream, and each of them hears.
  const tabs = [first];
  for (let i = 0; i < 6; i++) tabs.push(await open("/"));
  for (const tab of tabs) await tab.waitForSelector('#live-state[data-state="on"]');
  await first.bringToFront();
  console.log("ready");
  const began = Date.now();
  const shown = (tab) => tab.waitForFunction((text) => document.querySelector("#part-stream").textContent.includes(text), job.text, { timeout: 15_000, polling: 50 });
  await shown(first);
  const took = Date.now() - began;
  await first.waitForFunction(() => document.querySelector("[data-chart] svg") && !document.querySelector("[data-chart]:not([data-drawn])"), undefined, { timeout: 15_000 });
  const kpi = await first.textContent(".kpi-value");
  // The tab that held the stream closes: another takes over.
  await first.close();
  await tabs[1].bringToFront();
  await tabs[1].waitForSelector('#live-state[data-state="on"]');
  console.log("again");
  await tabs[1].waitForFunction((text) => document.querySelector("#part-stream").textContent.includes(text), job.second, { timeout: 20_000, polling: 50 });
  console.log(JSON.stringify({ took, kpi, wrong }));
} finally {
  await browser.close();
}
