// Small things on any page: copy, print, close the menu, close a dialog, go to the first error.
// What needs a script is rendered `hidden` and shown here.

function wake(root) {
  for (const button of root.querySelectorAll("[data-ui-copy], [data-ui-print]")) button.hidden = false;
  for (const reload of root.querySelectorAll("[data-ui-reload]")) reload.hidden = false;
}

async function copy(button) {
  const source = document.getElementById(button.dataset.uiCopy);
  const label = button.querySelector("[data-ui-copy-label]") ?? button;
  const before = label.textContent;
  const text = "value" in source ? source.value : source.textContent;
  try {
    await navigator.clipboard.writeText(text);
    label.textContent = "已复制";
  } catch {
    // No clipboard without https or permission: leave the text selected for the reader's own copy.
    if (source.select) source.select();
    label.textContent = "已选中，请长按或按 Ctrl+C 复制";
  }
  setTimeout(() => { label.textContent = before; }, 4000);
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const copier = target?.closest("[data-ui-copy]");
  if (copier) copy(copier);
  if (target?.closest("[data-ui-print]")) window.print();
  for (const menu of document.querySelectorAll("[data-ui-menu][open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("[data-ui-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("ui:inserted", (event) => wake(event.target));
wake(document);
document.querySelector(".ui-errors")?.focus();

// A link to a folded question unfolds it; without a script the link itself asks for that (?open=).
function unfold() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
}

window.addEventListener("hashchange", unfold);
unfold();
