// Pages that stay open while posts keep coming: what they hold after ten
// minutes is what they held at first, and they have followed all the while.
import assert from "node:assert/strict";
import { ask, heard, job, note, signIn, tell } from "./stage.mjs";

const MINUTE = 60_000;
const GROWTH = 5; // MB that a page may hold more at the end

await tell(async () => {
  const pages = [];
  for (const path of ["/", "/stream", "/inbox", "/screen"]) pages.push(await open(path));
  await ask({ ask: "flow" });
  await pages[0].tab.waitForTimeout(2 * MINUTE); // the lists fill up
  for (let minute = 0; minute <= job.minutes; minute++) {
    if (minute > 0) await pages[0].tab.waitForTimeout(MINUTE);
    for (const page of pages) page.held.push(await holds(page));
  }
  note(`the server: ${(await ask({ ask: "memory" })).text}`);
  for (const page of pages) {
    const mb = page.held.map((h) => h.mb);
    note(`${page.path}: MB by the minute ${mb.map((n) => n.toFixed(1)).join(" ")}; ${page.held[0].nodes} → ${page.held.at(-1).nodes} nodes, ` +
      `${page.held[0].listeners} → ${page.held.at(-1).listeners} listeners, ${page.asked} parts fetched`);
    assert.ok(page.asked > 10 * job.minutes / 2, `${page.path} has not followed: ${page.asked} parts fetched`);
    assert.ok(middle(mb.slice(-3)) - middle(mb.slice(0, 3)) <= GROWTH, `${page.path} grows: ${mb}`);
    // A list that is being replaced is there twice: what is kept for good shows in the least of the last minutes.
    assert.ok(Math.min(...page.held.slice(-5).map((held) => held.nodes)) < 1.5 * page.held[0].nodes + 500, `${page.path} keeps what it took out of the page`);
  }
  assert.deepEqual(heard.wrong, []);
});

// open has the officer look at a page in a browser of its own, so that each
// page follows by itself.
async function open(path) {
  const tab = await signIn("officer");
  await tab.goto(job.base + path);
  const page = { path, tab, held: [], asked: 0, devtools: await tab.context().newCDPSession(tab) };
  tab.on("request", (r) => r.headers()["hx-request"] && page.asked++);
  return page;
}

// holds is what is left of a page's heap and document once garbage is gone.
async function holds({ devtools }) {
  for (let n = 0; n < 2; n++) await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  const { nodes, jsEventListeners } = await devtools.send("Memory.getDOMCounters");
  return { mb: usedSize / 1e6, nodes, listeners: jsEventListeners };
}

function middle(list) {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
}
