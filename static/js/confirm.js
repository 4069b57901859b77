// A form or link marked data-ui-confirm leads to a page that holds a dialog. This script fetches that
// page and shows its dialog over the present one. Whatever does not fit falls back to the plain way.

const PASS = "uiConfirmed";

function show(dialog, opener) {
  dialog.removeAttribute("open");
  document.body.append(dialog);
  dialog.dispatchEvent(new CustomEvent("ui:inserted", { bubbles: true }));
  dialog.addEventListener("close", () => {
    dialog.remove();
    opener?.focus();
  });
  dialog.showModal();
}

async function fetched(request) {
  const response = await fetch(request, { credentials: "same-origin", redirect: "follow" });
  const type = response.headers.get("Content-Type") ?? "";
  if (!response.ok || !type.startsWith("text/html")) return null;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const dialog = page.querySelector("dialog.ui-confirm");
  return dialog ? document.importNode(dialog, true) : null;
}

function requestOf(form, submitter) {
  const data = new FormData(form, submitter);
  // Without the attribute, formAction is the address of the page itself.
  const own = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
  const address = new URL(own, location.href);
  if (form.method === "post") return new Request(address, { method: "POST", body: data });
  address.search = new URLSearchParams(data).toString();
  return new Request(address);
}

async function askForm(form, submitter) {
  let dialog = null;
  try {
    dialog = await fetched(requestOf(form, submitter));
  } catch {
    // Offline or refused: the browser's own way shows its own message.
  }
  if (dialog) {
    show(dialog, submitter);
    return;
  }
  form.dataset[PASS] = "1";
  form.requestSubmit(submitter);
}

async function askLink(link) {
  let dialog = null;
  try {
    dialog = await fetched(new Request(link.href));
  } catch {
    // As above.
  }
  if (dialog) show(dialog, link);
  else location.assign(link.href);
}

if (typeof HTMLDialogElement === "function" && typeof HTMLFormElement.prototype.requestSubmit === "function") {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-ui-confirm]") || form.dataset[PASS]) return;
    event.preventDefault();
    askForm(form, event.submitter);
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = event.target instanceof Element ? event.target : null;
    const close = target?.closest("dialog.ui-confirm [data-ui-close]");
    if (close && close.closest("dialog").matches(":modal")) {
      event.preventDefault();
      close.closest("dialog").close();
      return;
    }
    const link = target?.closest("a[data-ui-confirm]");
    if (!link) return;
    event.preventDefault();
    askLink(link);
  });
}
