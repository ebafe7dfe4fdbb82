// A new installation, told in a browser: from the link that the service prints
// to the receipt of a test alert.
import assert from "node:assert/strict";
import { ask, heard, job, note, seat, tell } from "./stage.mjs";

await tell(async () => {
  const began = Date.now();
  const admin = await seat();
  await admin.goto((await ask({ ask: "setup" })).link);
  await fill(admin, { "#id": "root", "#name": "管理", "#password": "korrekt-pferd-batterie", "#again": "korrekt-pferd-batterie" });
  await press(admin, "button.primary");

  // The empty overview leads to the path; every step says how far it is.
  await admin.goto(job.base + "/");
  await press(admin, 'a[href^="/start?step="]');
  await press(admin, 'form[action="/start/test"] button', "people");
  assert.match(await admin.locator("#people").innerText(), /对方已收下|已送出/);
  for (const [id, name] of [["zhou", "周值班"], ["an", "安值班"]]) {
    await open(admin, "people");
    await fill(admin, { "#st-id": id, "#st-name": name });
    await admin.check('#people input[name="role"][value="officer"]');
    await admin.selectOption("#st-over", "hook");
    await press(admin, "#people button.primary");
    assert.match(await admin.locator("#people").innerText(), /\/link\//);
  }

  await open(admin, "source");
  await fill(admin, { "#so-address": job.site, "#so-name": "镇新闻" });
  await press(admin, '#source button[value="try"]');
  assert.match(await admin.locator("#source .notice").innerText(), /政务大厅排队两小时/);
  await press(admin, '#source button[value="put"]');
  await stands(admin, "source", "done");

  await open(admin, "rule");
  await fill(admin, { "#ru-name": "大厅排队", "#ru-places": "中卫", "#ru-about": "大厅", "#ru-events": "排队" });
  await press(admin, '#rule button[value="advise"]');
  assert.match(await admin.locator("#rule").innerText(), /要按整词匹配/);
  await press(admin, '#rule button[value="draft"]');
  await stands(admin, "rule", "half");
  await open(admin, "rule");
  await fill(admin, { "#ru-note": "开通" });
  await press(admin, '#rule button[value="publish"]');
  await stands(admin, "rule", "done");

  await open(admin, "roster");
  await admin.selectOption("#ro-first", "zhou");
  await admin.selectOption("#ro-second", "an");
  await fill(admin, { "#ro-over": "00:00" });
  await press(admin, "#roster button.primary");
  await stands(admin, "roster", "done");

  await open(admin, "drill");
  await press(admin, "#drill button.primary");
  const phone = await seat({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await phone.goto((await ask({ ask: "drill" })).link);
  await phone.tap("form button.primary.huge");
  await phone.waitForSelector(".acked");
  await stands(admin, "drill", "done");
  await open(admin, "drill");
  assert.match(await admin.locator("#drill").innerText(), /已签收/);
  note(`from the first link to the receipt in ${Math.round((Date.now() - began) / 1000)} s, reading aside`);
  assert.deepEqual(heard.wrong, []);
});

async function fill(tab, fields) {
  for (const [field, value] of Object.entries(fields)) await tab.fill(field, value);
}

// press presses a button and says what the page has against it.
async function press(tab, button) {
  await Promise.all([tab.waitForEvent("load"), tab.locator(button).first().click()]);
  const problem = tab.locator("#problem .problem");
  assert.equal(await problem.count(), 0, `${button}: ${(await problem.count()) ? await problem.first().innerText() : ""}`);
}

async function open(tab, step) {
  await tab.goto(`${job.base}/start?step=${step}#${step}`);
  await tab.waitForSelector(`#${step}[open]`);
}

// stands waits until a step of the path is so far.
async function stands(tab, step, state) {
  for (let n = 0; ; n++) {
    await tab.goto(`${job.base}/start`);
    const now = await tab.locator(`.path a[href^="/start?step=${step}#"]`).locator("..").getAttribute("class");
    if (now === `path-${state}`) return;
    assert.ok(n < 60, `${step} stands at ${now}`);
    await tab.waitForTimeout(500);
  }
}
