// Opens "my page" on a telephone as somebody who wants a shortcut on it: the
// manifest, the worker, the button, what is kept, the page without a network,
// and what a push shows. Writes one JSON object.
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
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, locale: "zh-CN", timezoneId: "Asia/Shanghai" });
  await context.grantPermissions(["notifications"], { origin: job.base });
  await context.addCookies([{ name: "huiying", value: job.cookie, url: job.base, httpOnly: true, sameSite: "Lax" }]);
  const tab = await context.newPage();
  await tab.addInitScript(() => document.addEventListener("securitypolicyviolation", (e) => console.error("csp " + e.violatedDirective)));
  tab.on("console", (m) => m.type() === "error" && wrong.push(m.text()));
  tab.on("pageerror", (e) => wrong.push(String(e)));
  await tab.goto(job.base + "/me");
  const scope = await tab.evaluate(async () => (await navigator.serviceWorker.ready).scope);
  await tab.waitForFunction(() => navigator.serviceWorker.controller);
  await tab.waitForFunction(() => document.querySelector("[data-push]") && !document.querySelector("[data-push]").hidden, undefined, { timeout: 10_000 }).catch(() => {});
  const button = await tab.locator("[data-push] button").boundingBox();
  const says = await tab.textContent("[data-push-says]");

  const cdp = await context.newCDPSession(tab);
  const manifest = (await cdp.send("Page.getAppManifest")).url;
  const faults = (await cdp.send("Page.getInstallabilityErrors")).installabilityErrors.map((e) => e.errorId);
  // A window without a profile cannot install anything, whatever the site does.
  const install = faults.filter((id) => id !== "in-incognito");

  const kept = await tab.evaluate(async () => {
    const out = [];
    for (const name of await caches.keys()) for (const r of await (await caches.open(name)).keys()) out.push(r.url);
    return out;
  });

  // What a push service would bring, brought by the browser's own tools.
  await cdp.send("ServiceWorker.enable");
  const registration = await new Promise((done) => {
    cdp.on("ServiceWorker.workerRegistrationUpdated", (e) => e.registrations.length && done(e.registrations[0].registrationId));
    cdp.send("ServiceWorker.enable");
  });
  const said = { title: "【红】大厅排队", body: "规则：大厅排队", tag: "d-1", level: "red", lang: "zh", link: job.base + "/alerts" };
  await cdp.send("ServiceWorker.deliverPushMessage", { origin: job.base, registrationId: registration, data: JSON.stringify(said) });
  let shown = "";
  for (let i = 0; i < 50 && !shown; i++) {
    shown = await tab.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications())[0]?.title ?? "");
    if (!shown) await tab.waitForTimeout(100);
  }

  const before = wrong.length;
  await context.setOffline(true);
  await tab.goto(job.base + "/alerts").catch((e) => wrong.push(String(e)));
  const offline = await tab.textContent("body");
  wrong.splice(before, wrong.length, ...wrong.slice(before).filter((w) => !w.includes("ERR_INTERNET_DISCONNECTED")));
  console.log(JSON.stringify({ wrong, install, manifest, scope, says, button: Boolean(button), size: button?.height ?? 0, kept, offline, shown }));
} finally {
  await browser.close();
}
