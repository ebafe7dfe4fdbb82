// Single-key shortcuts, listed under "?". They rest while somebody types, while
// an input method composes, and where the reader has switched them off. Which
// there are stands in keys.json, which the help page shows.
import table from "./keys.json";

const WHAT = new Map(table.flatMap((row) => row.keys.map((key) => [key, row])));
const GO = table.find((row) => row.do === "go").to;
const OFF = "huiying-keys-off";

/** @param {Document} doc */
export function shortcuts(doc) {
  const off = doc.querySelector("[data-keys-off]");
  if (off) {
    off.checked = localStorage.getItem(OFF) === "1";
    off.addEventListener("change", () => localStorage.setItem(OFF, off.checked ? "1" : ""));
  }
  let going = 0;
  doc.addEventListener("keydown", (e) => {
    if (e.isComposing || e.keyCode === 229 || e.ctrlKey || e.altKey || e.metaKey) return;
    const typing = e.target.closest?.("input, select, textarea, [contenteditable]");
    const what = WHAT.get(e.key)?.do;
    if (what === "leave" && typing) {
      e.target.blur();
      return;
    }
    if (typing || localStorage.getItem(OFF) === "1") return;
    if (Date.now() - going < 1_500 && GO[e.key]) {
      going = 0;
      if (follow(doc, GO[e.key])) e.preventDefault();
      return;
    }
    if (what === "go") {
      going = Date.now();
      return;
    }
    if (act(doc, what, e)) e.preventDefault();
  });
}

function act(doc, what, e) {
  switch (what) {
    case "move": return move(doc, e.key === "j" ? 1 : -1);
    case "help": return follow(doc, "/help");
    case "search": return focus(doc.querySelector("[data-search]"));
    case "open":
      if (e.target !== doc.body && e.target.id !== "main") return false;
      return press(doc.querySelector("[data-open]"));
    case "pick": return pick(doc);
    case "press": return press(doc.querySelector(`[data-key="${CSS.escape(e.key)}"]`));
  }
  return false;
}

// follow goes where a link of the page leads: nobody is sent where they may not
// go.
function follow(doc, path) {
  if (!doc.querySelector(`a[href="${path}"]`)) return false;
  doc.location.assign(path);
  return true;
}

// press does what the key stands for: a button is clicked, a fold is opened
// and its first field taken up, a field is taken up.
function press(e) {
  if (!e) return false;
  if (e.matches("input, select, textarea")) return focus(e);
  if (e.matches("summary")) {
    e.parentElement.open = true;
    return focus(e.parentElement.querySelector("select, textarea, input:not([type=hidden])"));
  }
  e.click();
  return true;
}

// pick ticks the row at hand, or takes the tick back.
function pick(doc) {
  const at = doc.activeElement?.closest("li") ?? doc.querySelector("[data-item][aria-current]")?.closest("li");
  const box = at?.querySelector("[data-pick]") ?? doc.querySelector("[data-item][aria-current]")?.closest("li")?.querySelector("[data-pick]");
  box?.click();
  return Boolean(box);
}

function focus(e) {
  e?.focus();
  return Boolean(e);
}

// move goes along the queue, or along the rows of a list.
function move(doc, by) {
  const items = [...doc.querySelectorAll("[data-item], [data-row]")];
  if (!items.length) return false;
  const at = items.findIndex((e) => e === doc.activeElement || (doc.activeElement === doc.body && e.getAttribute("aria-current")));
  const next = items[Math.min(Math.max(at + by, 0), items.length - 1)];
  if (next.dataset.item) next.click();
  else next.focus();
  return true;
}
