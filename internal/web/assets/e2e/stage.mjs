// What stories told in a browser have in common: the browser, a window for each
// person, and the world outside. What happens outside is asked for on standard
// output, one JSON object a line, and answered on standard input.
import { chromium } from "playwright-core";
import { createInterface } from "node:readline";

export const job = JSON.parse(process.argv[2]);
const input = createInterface({ input: process.stdin });
const answers = input[Symbol.asyncIterator]();
export const note = (text) => console.log(JSON.stringify({ text }));
export async function ask(what) {
  console.log(JSON.stringify(what));
  return JSON.parse((await answers.next()).value);
}
const browser = await chromium.launch({
  executablePath: job.chromium,
  headless: true,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

// heard are the errors of any page's console, but for what a server causes that
// was stopped on purpose.
export const heard = { wrong: [], down: false };

// seat gives somebody a window.
export async function seat(more = {}) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 860 }, locale: "zh-CN", timezoneId: "Asia/Shanghai", ...more });
  context.setDefaultTimeout(20_000);
  const tab = await context.newPage();
  tab.on("pageerror", (e) => heard.wrong.push(String(e)));
  tab.on("console", (m) => {
    if (m.type() === "error" && !heard.down && !/status of 4\d\d/.test(m.text())) heard.wrong.push(m.text());
  });
  return tab;
}

export async function signIn(id, more) {
  const tab = await seat(more);
  await tab.goto(job.base + "/login");
  await tab.fill("#id", id);
  await tab.fill("#password", job.people[id]);
  await tab.click("button.primary");
  await tab.waitForURL((u) => u.pathname !== "/login");
  return tab;
}

// tell tells a story; where it breaks off, what everybody sees is shown.
export async function tell(story) {
  try {
    await story();
  } catch (e) {
    for (const tab of browser.contexts().flatMap((c) => c.pages())) {
      const said = await tab.locator("main").innerText({ timeout: 2_000 }).catch(() => "");
      console.error(`${tab.url()}\n${said.slice(0, 1500)}\n`);
    }
    throw e;
  } finally {
    await browser.close();
    input.close();
    process.stdin.destroy(); // else it is waited for
  }
}
