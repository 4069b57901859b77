// A form marked data-ui-once is sent once: the second click finds it on its way.

const SENT = "uiSent";

function release(form) {
  delete form.dataset[SENT];
  for (const button of form.querySelectorAll("[data-ui-waiting]")) {
    button.removeAttribute("aria-disabled");
    button.textContent = "";
    button.append(...button.uiBefore);
    button.removeAttribute("data-ui-waiting");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-ui-once]") || event.defaultPrevented) return;
  if (form.dataset[SENT]) {
    event.preventDefault();
    return;
  }
  form.dataset[SENT] = "1";
  const button = event.submitter;
  if (!button || button.tagName !== "BUTTON") return;
  // Not `disabled`: that would drop the button's own name and value from what is sent.
  button.setAttribute("aria-disabled", "true");
  button.setAttribute("data-ui-waiting", "");
  button.uiBefore = [...button.childNodes];
  button.replaceChildren("正在提交…");
});

// Coming back through the browser's page cache, the form is usable again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-ui-once]")) release(form);
});
