// A working day of the office, told in a browser: every person has a window of
// their own. Whatever a person would not see ends the story with an error.
import assert from "node:assert/strict";
import { ask, heard, job, note, seat, signIn, tell } from "./stage.mjs";

// step takes a step on the page of a case, as a person does: unfolds it, fills
// it in, presses the button.
async function step(tab, no, action, fields = {}) {
  await tab.goto(`${job.base}/cases/${no}`);
  const fold = tab.locator(`#actions details.act:has(input[name=action][value=${action}])`);
  await fold.waitFor();
  if ((await fold.getAttribute("open")) === null) await fold.locator("> summary").click();
  for (const [name, value] of Object.entries(fields)) {
    const field = fold.locator(`[name="f.${name}"]`);
    if (value === true) await field.check();
    else if ((await field.evaluate((e) => e.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  await fold.locator("form button:not([formaction])").last().click();
  await tab.waitForLoadState("load");
  const problem = await tab.locator("#problem .problem").count();
  assert.equal(problem, 0, `${action}: ${problem ? await tab.locator("#problem .problem").first().innerText() : ""}`);
}

const state = (tab) => tab.locator(".case-head .state").getAttribute("class");
const reads = (tab, text) => tab.waitForFunction((t) => document.querySelector("#part-stream").textContent.includes(t), text, { timeout: 30_000, polling: 50 });

await tell(async () => {
  // The officer watches; a red post is served and is on the page within two seconds.
  const officer = await signIn("officer");
  await officer.waitForSelector('#live-state[data-state="on"]');
  const first = "全市窗口系统瘫痪两小时，没有人出来解释";
  const { id } = await ask({ ask: "publish", text: first });
  await reads(officer, "没有人出来解释");
  const shown = Date.now();
  const took = shown - (await ask({ ask: "served", id })).at;
  note(`the red post was on the page ${took} ms after it was served`);
  assert.ok(took <= (job.slow ?? 1) * 2000, `the red post was shown ${took} ms after it was served`);

  // It has opened a case; the officer takes it from the inbox and assigns it with one key.
  await officer.goto(job.base + "/inbox");
  await officer.waitForSelector('[data-item^="case:"][aria-current]');
  await officer.keyboard.press("1");
  await officer.waitForFunction(() => !document.querySelector('[data-item^="case:"][aria-current]'));
  const alert = await ask({ ask: "alert" });
  const no = alert.case;
  note(`case ${no} was assigned with one key`);

  // The responder has the link on the phone, is not signed in, and opens it twice: nothing happens by that.
  const phone = await seat({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await phone.goto(alert.link);
  await phone.goto(alert.link);
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, "the card is too wide for the phone");
  await phone.tap("form button.primary.huge");
  await phone.waitForSelector(".acked");

  // A draft, returned once, written anew, released by the head of the office; the drafter is not asked.
  const hall = await signIn("hall");
  await step(hall, no, "submit", { text: "正在抢修。", checked: true });
  const reviewer = await signIn("reviewer");
  await step(reviewer, no, "review_reject", { reason: "请写明何时恢复、期间怎样办理。" });
  await hall.goto(`${job.base}/cases/${no}`);
  assert.match(await hall.locator("#part-timeline").innerText(), /请写明何时恢复/);
  const reply = "系统已于今日修复，窗口恢复办理；受影响的群众可到二号窗口优先补办。给您带来不便，我们深表歉意。";
  await step(hall, no, "submit", { text: reply, checked: true });
  const head = await signIn("head");
  await step(head, no, "approve", { secrecy: true, business: true });
  assert.match(await state(head), /approved/);
  assert.equal((await answered(head)).n, 0);

  // Published where it was asked; then closed.
  await step(hall, no, "publish", { url: "https://example.org/reply/1" });
  assert.match(await hall.locator("#actions ~ section, .published").first().innerText(), /example\.org\/reply\/1/);
  await step(officer, no, "close", { note: "已回复，系统已恢复。" });
  await proof(head, no);

  const other = await race(officer);
  await keys(officer);
  await keyboardOnly(other);
  await withoutScripts();
  await newRule(officer);
  await killed(officer);
  assert.deepEqual(heard.wrong, []);
});

// answered is how many answers the manager's page of outcomes counts, and the
// number itself.
async function answered(head) {
  await head.goto(job.base + "/outcomes");
  const figure = head.locator('a.fig[href^="/outcomes/response_time?"]').first();
  return { n: Number((await figure.innerText()).replace(/\D/g, "")), figure };
}

// proof: the manager's figure has changed, and its number leads to the list
// that proves it.
async function proof(head, no) {
  let now = await answered(head);
  for (let n = 0; now.n === 0; n++) {
    assert.ok(n < 20, "the answer is not counted");
    await head.waitForTimeout(500);
    now = await answered(head);
  }
  assert.equal(now.n, 1);
  await now.figure.click();
  await head.waitForURL(/\/outcomes\/response_time/);
  assert.match(await head.locator("main").innerText(), new RegExp(no));
}

// race: two officers have the same item open; the second is told, and nothing
// is written over.
async function race(officer) {
  const second = await signIn("officer2");
  for (const tab of [officer, second]) await tab.goto(job.base + "/inbox");
  await ask({ ask: "publish", text: "二楼窗口系统瘫痪，取号机也停了" });
  const waiting = '[data-item^="case:"]';
  for (const tab of [officer, second]) {
    await tab.waitForSelector(waiting, { timeout: 60_000 }); // the open pages hear of it
    await tab.waitForFunction(() => document.querySelector(".head .data-at").textContent.startsWith(`${document.querySelectorAll("#part-queue .item").length} `));
    await tab.click(waiting);
    await tab.waitForSelector('#part-detail form button[data-key="1"]');
  }
  const no = (await officer.locator(waiting).getAttribute("data-item")).slice("case:".length);
  await officer.keyboard.press("1");
  await officer.waitForFunction(() => !document.querySelector('[data-item^="case:"][aria-current]'));
  await second.keyboard.press("1");
  await second.waitForSelector("#problem .problem");
  note("the second officer is told: " + (await second.locator("#problem .problem").innerText()).trim());
  return no;
}

// keys rest while somebody types, and while an input method composes.
async function keys(officer) {
  await ask({ ask: "publish", text: "今天排队的人特别多，请增开窗口" });
  await officer.goto(job.base + "/inbox");
  while (!(await officer.locator('[data-item^="post:"]').count())) await officer.reload();
  await officer.click('[data-item^="post:"]');
  await officer.waitForSelector('#part-detail form button[data-key="1"]');
  const here = officer.url();
  await officer.evaluate(() => {
    for (const more of [{ isComposing: true }, { keyCode: 229 }, { ctrlKey: true }]) {
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "3", bubbles: true, ...more }));
    }
  });
  await officer.keyboard.press("2"); // unfolds, and takes up the field
  await officer.waitForFunction(() => document.activeElement?.id === "join-case");
  await officer.keyboard.press("4");
  await officer.keyboard.press("Escape");
  assert.equal(officer.url(), here, "a key was heard while somebody typed");
  assert.equal(await officer.locator('[data-item^="post:"]').count() > 0, true);
}

// keyboardOnly: from the door to a note in a case without a pointer, and always
// with the place in sight.
async function keyboardOnly(no) {
  const tab = await seat();
  await tab.goto(job.base + "/login");
  await tab.keyboard.type("officer");
  await tab.keyboard.press("Tab");
  await tab.keyboard.type(job.people.officer);
  await tab.keyboard.press("Enter");
  await tab.waitForURL((u) => u.pathname === "/");
  await tab.keyboard.press("Tab"); // the first thing is the way past the menu
  assert.equal(await tab.evaluate(() => document.activeElement.className), "skip");
  await tab.keyboard.press("Enter");
  await tab.keyboard.press("g");
  await tab.keyboard.press("c");
  await tab.waitForURL(/\/cases/);
  await reach(tab, `a[href^="/cases/${no}"]`);
  await tab.keyboard.press("Enter");
  await tab.waitForURL((u) => u.pathname.endsWith(no));
  await reach(tab, "#actions details:has(input[value=note]) > summary");
  await tab.keyboard.press("Enter");
  await reach(tab, '[name="f.note"]');
  await tab.keyboard.type("已电话联系窗口，请在今天内答复。");
  await reach(tab, "#actions details:has(input[value=note]) button");
  await tab.keyboard.press("Enter");
  await tab.waitForSelector(".flash");
  assert.match(await tab.locator("#part-timeline").innerText(), /已电话联系窗口/);
}

// reach presses Tab until the place is reached; each stop must be seen.
async function reach(tab, place) {
  for (let n = 0; n < 150; n++) {
    await tab.keyboard.press("Tab");
    const [there, seen, where] = await tab.evaluate((place) => {
      const e = document.activeElement;
      const s = getComputedStyle(e);
      return [e.matches(place), e === document.body || s.outlineStyle !== "none" || s.boxShadow !== "none", e.outerHTML.slice(0, 120)];
    }, place);
    assert.ok(seen, "the focus is not seen on " + where);
    if (there) return;
  }
  assert.fail("the keyboard does not reach " + place);
}

// withoutScripts: the same work by plain forms.
async function withoutScripts() {
  const plain = await signIn("officer", { javaScriptEnabled: false });
  await plain.goto(job.base + "/inbox");
  await plain.click('[data-item^="post:"]');
  await plain.locator('#part-detail select[name="unit"]').selectOption("u-hall");
  await plain.click('#part-detail button[data-key="1"]');
  await plain.waitForLoadState("load");
  assert.equal(await plain.locator("#problem .problem").count(), 0);
  await ask({ ask: "alert" });
  await plain.goto(job.base + "/cases");
  assert.match(await plain.locator("main").innerText(), /排队/);
}

// newRule: written by the officer, tried on what is stored, published by the
// administrator, and heard at once.
async function newRule(officer) {
  await officer.goto(job.base + "/rules/new");
  await officer.fill("#rule-name", "座椅损坏");
  await officer.fill("#rule-id", "r-seats");
  await officer.fill("#rule-when", "座椅 NEAR/6 (坏 OR 损坏)");
  await officer.selectOption("#rule-level", "yellow");
  await officer.click('button[value="save"]');
  await officer.waitForURL(/\/rules/);
  await officer.goto(job.base + "/rules");
  await officer.click('form[action="/rules/trial"] button');
  await officer.waitForSelector("#part-trial .figures", { timeout: 60_000 });
  const root = await signIn("root");
  await root.goto(job.base + "/rules");
  await root.fill("#rules-note", "群众多次反映座椅");
  await root.click('form[action="/rules/publication"] button.primary');
  await root.waitForLoadState("load");
  assert.equal(await root.locator("#problem .problem").count(), 0);
  await officer.goto(job.base + "/stream?rule=r-seats");
  for (let n = 1; !(await officer.locator("#part-posts [data-row]").count()); n++) {
    assert.ok(n < 30, "the new rule hits nothing"); // analyzers take it up within seconds
    await ask({ ask: "publish", text: `等候区第${n}排的座椅坏了，老人没地方坐` });
    await officer.waitForTimeout(1_000);
    await officer.reload();
  }
}

// killed: the page stays, says that it is cut off, and goes on by itself.
async function killed(officer) {
  await officer.goto(job.base + "/");
  await officer.waitForSelector('#live-state[data-state="on"]');
  heard.down = true;
  await ask({ ask: "kill" });
  await officer.waitForSelector('#live-state[data-state="lost"]');
  await ask({ ask: "start" });
  await officer.waitForSelector('#live-state[data-state="on"]', { timeout: 40_000 });
  heard.down = false;
  await ask({ ask: "publish", text: "服务器重启之后的第一条：系统瘫痪已经解除" });
  await reads(officer, "系统瘫痪已经解除");
}
