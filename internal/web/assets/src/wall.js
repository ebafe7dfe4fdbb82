// The clock of the big screen, and the warning that what it shows is old: a
// screen whose server is gone keeps its last figures and must say so.

const OLD = 3 * 60_000;

/**
 * @param {Document} doc
 * @param {import("htmx.org")} htmx
 */
export function wall(doc, htmx) {
  const clock = doc.querySelector("[data-clock]");
  if (!clock) return;
  const old = doc.getElementById("wall-old");
  let fresh = Date.now();
  htmx.on("htmx:afterSwap", (e) => {
    if (!e.target.closest?.("[id^=part-wall-]")) return; // a refusal, which goes to #problem, is no news
    fresh = Date.now();
    doc.getElementById("problem").replaceChildren();
  });
  const tick = () => {
    const now = new Date(Date.now() + Number(clock.dataset.clock) * 60_000);
    clock.textContent = now.toISOString().slice(11, 19);
    const age = Date.now() - fresh;
    old.hidden = age < OLD;
    const words = old.dataset.word.replace("{n}", String(Math.floor(age / 60_000)));
    if (!old.hidden && old.textContent !== words) old.textContent = words;
  };
  tick();
  setInterval(tick, 1000);
}
