// What a page of items does while it is looked at: it says that the item at hand
// is open, again and again, and unfolds the form for several as soon as one is
// ticked. What is ticked stays as it is: a part with an open fold is not
// replaced.

const EVERY = 30_000; // a lease is three times as long

/** @param {Document} doc */
export function inbox(doc) {
  doc.addEventListener("change", (e) => {
    if (!e.target.matches?.("[data-pick]")) return;
    const fold = e.target.form?.closest("details");
    if (fold && e.target.checked) fold.open = true;
  });
  const item = doc.querySelector("[data-holding]")?.dataset.holding;
  if (!item) return;
  const say = () => !doc.hidden && fetch("/inbox/hold", { method: "POST", body: new URLSearchParams({ item }) }).catch(() => {});
  say();
  doc.addEventListener("visibilitychange", say);
  setInterval(() => {
    say();
    doc.dispatchEvent(new CustomEvent("huiying:news", { detail: ["inbox"] })); // others come and go, and what was put off comes back
  }, EVERY);
  addEventListener("pagehide", () => navigator.sendBeacon("/inbox/hold", new URLSearchParams({ item, go: "1" })));
}
