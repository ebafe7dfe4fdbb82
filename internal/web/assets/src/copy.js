// Buttons that copy a text of the page. Where the browser has no clipboard for
// pages (no secure address), the text is selected for the keyboard.

/** @param {Document} doc */
export function copying(doc) {
  for (const button of doc.querySelectorAll("[data-copy]")) {
    const text = doc.getElementById(button.dataset.copy);
    const status = button.parentElement.querySelector("[role=status]");
    if (!text || !status) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      let done = false;
      try {
        await navigator.clipboard.writeText(text.textContent.trim());
        done = true;
      } catch {
        getSelection().selectAllChildren(text);
      }
      status.textContent = done ? button.dataset.copied : button.dataset.uncopied;
    });
  }
}
