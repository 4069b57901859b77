// A running import at the registrar's desk: looks again every three seconds, and shows the whole page
// anew once the import has moved on. Without script a link does it.

const EVERY = 3000;
const MARK = "[data-desk-progress]";

async function look() {
  const shown = document.querySelector(MARK);
  if (!shown) return;
  try {
    const answer = await fetch(window.location.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(MARK);
    if (!fresh || fresh.dataset.deskProgress !== shown.dataset.deskProgress) {
      window.location.reload();
      return;
    }
    for (const part of ["progress", "[data-desk-count]", "[data-desk-note]"]) {
      const before = shown.querySelector(part);
      const after = fresh.querySelector(part);
      if (!before || !after) continue;
      if (part === "progress") {
        if (after.position < 0) continue; // the total is not known yet
        before.max = after.max;
        before.value = after.value;
      } else {
        before.textContent = after.textContent;
      }
    }
  } catch {
    // The next look may succeed; the link below the bar works in any case.
  }
  window.setTimeout(look, EVERY);
}

window.setTimeout(look, EVERY);
