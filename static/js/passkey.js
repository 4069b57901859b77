// Passkeys: the browser's own dialog, and its answer into the form. A form says what it wants with
// data-ui-passkey="add" or "use"; its options stand in the page as JSON, or are fetched from the
// form's own address (data-ui-passkey-fetch). Without a script the form stays hidden.

const decode = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0)).buffer;
};

const encode = (buffer) => {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

const keys = (list = []) => list.map((key) => ({ ...key, id: decode(key.id) }));

function forCreating(options) {
  return {
    ...options,
    challenge: decode(options.challenge),
    user: { ...options.user, id: decode(options.user.id) },
    excludeCredentials: keys(options.excludeCredentials),
  };
}

function forUsing(options) {
  return {
    ...options,
    challenge: decode(options.challenge),
    allowCredentials: keys(options.allowCredentials),
  };
}

// `toJSON` is younger than passkeys are.
function asJson(credential) {
  const { response } = credential;
  const answer = { clientDataJSON: encode(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) answer[name] = encode(response[name]);
  }
  if (response.getTransports) answer.transports = response.getTransports();
  return {
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: answer,
  };
}

async function optionsOf(form) {
  if (!form.hasAttribute("data-ui-passkey-fetch")) {
    return JSON.parse(document.getElementById(form.dataset.uiPasskeyOptions).textContent);
  }
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error("no options");
  return answer.json();
}

async function ceremony(form) {
  const options = await optionsOf(form);
  if (form.dataset.uiPasskey === "add") {
    return navigator.credentials.create({ publicKey: forCreating(options.creation_options.publicKey) });
  }
  return navigator.credentials.get({ publicKey: forUsing(options.request_options.publicKey) });
}

function sentence(error) {
  if (error.name === "InvalidStateError") return "这台设备上已经有这个账号的通行密钥了。";
  if (error.name === "NotAllowedError") return "没有完成：取消了，或者等得太久。再点一次就能重来。";
  if (error.name === "SecurityError") return "在这个网址上不能用通行密钥，请从学校公布的网址打开。";
  return "没有成功，过一会儿再试，或换一种方式。";
}

async function run(form) {
  const note = form.querySelector("[data-ui-passkey-note]");
  const button = form.querySelector("button");
  button.setAttribute("aria-disabled", "true");
  note.textContent = "按设备的提示做：刷脸、按指纹，或输入它的锁屏密码。";
  note.hidden = false;
  try {
    form.elements.credential.value = JSON.stringify(asJson(await ceremony(form)));
    form.submit();
  } catch (error) {
    note.textContent = sentence(error);
    button.removeAttribute("aria-disabled");
  }
}

if (window.PublicKeyCredential) {
  for (const note of document.querySelectorAll("[data-ui-passkey-absent]")) note.hidden = true;
  for (const form of document.querySelectorAll("form[data-ui-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (form.querySelector("button").getAttribute("aria-disabled") !== "true") run(form);
    });
  }
}
