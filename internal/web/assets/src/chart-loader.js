// Charts are loaded only on pages that have one.

/** @param {Document} doc */
export function charts(doc) {
  for (const box of doc.querySelectorAll("[data-chart]:not([data-drawn])")) {
    box.setAttribute("data-drawn", "");
    import(box.getAttribute("data-script")).then(
      (m) => m.draw(box),
      () => box.remove(), // the table below holds the same numbers
    );
  }
}
