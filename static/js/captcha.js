// Another picture without sending the form; without this script the button sends it.

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-ui-captcha] button[formnovalidate]") : null;
  if (!button) return;
  event.preventDefault();
  const box = button.closest("[data-ui-captcha]");
  const token = button.form.elements.namedItem("csrfmiddlewaretoken").value;
  const answer = await fetch(box.dataset.uiCaptcha, { method: "POST", headers: { "X-CSRFToken": token } });
  if (!answer.ok) return;
  const picture = await answer.json();
  box.querySelector("img").src = picture.image_url;
  box.querySelector("input[type=hidden]").value = picture.key;
  const field = box.querySelector("input:not([type=hidden])");
  field.value = "";
  field.focus();
});
