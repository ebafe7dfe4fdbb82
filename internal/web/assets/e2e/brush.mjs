// Draws a span over the trend of an event and says where the page went.
//
//   node brush.mjs '{"base":"http://127.0.0.1:1234","path":"/events/t-1","cookie":"…","chromium":"/usr/bin/chromium"}'
import { chromium } from "playwright-core";

const job = JSON.parse(process.argv[2]);
const browser = await chromium.launch({
  executablePath: job.chromium, headless: true, args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"],
});
try {
  const context = await browser.newContext({ viewport: { width: 1366, height: 860 }, reducedMotion: "reduce" });
  await context.addCookies([{ name: job.name, value: job.cookie, url: job.base }]);
  const tab = await context.newPage();
  const wrong = [];
  tab.on("console", (m) => m.type() === "error" && wrong.push(m.text()));
  tab.on("pageerror", (e) => wrong.push(String(e)));
  const scripts = new Set();
  tab.on("request", (r) => r.resourceType() === "script" && scripts.add(new URL(r.url()).pathname));
  await tab.goto(job.base + job.path);
  const chart = tab.locator("#trend [data-chart] svg");
  await chart.waitFor({ timeout: 30_000 });
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  const at = (part) => [box.x + box.width * part, box.y + box.height * 0.6];
  await tab.mouse.move(...at(0.55));
  await tab.mouse.down();
  for (const part of [0.6, 0.7, 0.8]) await tab.mouse.move(...at(part));
  await Promise.all([tab.waitForURL(/from=.*to=|to=.*from=/, { timeout: 30_000 }), tab.mouse.up()]);
  const url = new URL(tab.url());
  console.log(JSON.stringify({
    from: url.searchParams.get("from"), to: url.searchParams.get("to"), rows: await tab.locator("[data-row]").count(),
    curve: [...scripts].some((s) => /\/curve-/.test(s)), wrong,
  }));
} finally {
  await browser.close();
}
