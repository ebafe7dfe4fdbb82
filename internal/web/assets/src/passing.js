// What a page offers for some seconds only goes by itself.

/** @param {Document} doc */
export function passing(doc) {
  for (const e of doc.querySelectorAll("[data-gone-after]")) {
    setTimeout(() => e.remove(), Number(e.dataset.goneAfter) * 1000);
  }
}
