// A chosen file is shown with its size, pictures with a small preview, before it is sent.
// Whether it is accepted is decided by the server.

function size(bytes) {
  if (bytes < 1024) return `${bytes} 字节`;
  const amount = bytes / 1024;
  return amount < 1024 ? `${Math.round(amount)} KB` : `${(amount / 1024).toFixed(1).replace(/\.0$/, "")} MB`;
}

function line(file, limit, addresses) {
  const item = document.createElement("li");
  if (/^image\/(jpeg|png|webp)$/.test(file.type)) {
    const picture = document.createElement("img");
    picture.alt = "";
    picture.src = URL.createObjectURL(file);
    addresses.push(picture.src);
    item.append(picture);
  }
  const words = document.createElement("span");
  words.textContent = `${file.name}，${size(file.size)}`;
  if (limit && file.size > limit) {
    item.className = "is-large";
    words.textContent += `，超过 ${size(limit)}，请换小一点的`;
  }
  item.append(words);
  return item;
}

for (const info of document.querySelectorAll("[data-ui-file-info]")) {
  const input = document.getElementById(info.dataset.uiFileInfo);
  if (!input) continue;
  let addresses = [];
  input.addEventListener("change", () => {
    addresses.forEach((address) => URL.revokeObjectURL(address));
    addresses = [];
    const limit = Number(input.dataset.uiMaxBytes) || 0;
    info.replaceChildren(...[...input.files].map((file) => line(file, limit, addresses)));
    info.hidden = input.files.length === 0;
  });
}
