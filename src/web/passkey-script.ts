// What runs in the browser: touching a passkey, and a countdown. Plain JavaScript as text, because it is sent as it
// stands; everything else on the page works without it.

export const passkeyScript = `"use strict";
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const withIds = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.message || "It did not work (" + answer.status + ").");
  return said;
}

async function touch(options) {
  const made = await navigator.credentials.get({ publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: withIds(options.allowCredentials) } });
  const { clientDataJSON, authenticatorData, signature, userHandle } = made.response;
  return {
    id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {},
    response: { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature), ...(userHandle && { userHandle: text(userHandle) }) },
  };
}

async function add(options) {
  const made = await navigator.credentials.create({ publicKey: { ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: withIds(options.excludeCredentials) } });
  const { clientDataJSON, attestationObject } = made.response;
  return {
    id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {},
    response: { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject), transports: made.response.getTransports ? made.response.getTransports() : [] },
  };
}

function say(form, message) {
  const place = form.querySelector("[role=status]");
  if (place) { place.textContent = message; place.hidden = false; }
}

// A form that a passkey may answer: data-passkey names where its challenge comes from, data-how what is done with it.
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  for (const button of form.querySelectorAll("[data-touch]")) if (button.dataset.touch) button.textContent = button.dataset.touch;
  let busy = false;
  form.addEventListener("submit", async (event) => {
    const pressed = event.submitter;
    if (!pressed || !pressed.hasAttribute("data-touch")) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    pressed.setAttribute("aria-busy", "true");
    try {
      const fields = Object.fromEntries(new FormData(form, pressed));
      const options = await post(form.dataset.passkey + "/options", fields);
      say(form, "Touch your passkey…");
      const response = form.dataset.how === "add" ? await add(options) : await touch(options);
      const done = await post(form.dataset.passkey, { ...fields, response });
      location.assign(done.location);
    } catch (error) {
      say(form, error && error.name === "NotAllowedError" ? "The passkey was not touched; nothing was done." : String(error && error.message || error));
      for (const other of form.querySelectorAll("[data-after-failure]")) other.hidden = false;
      busy = false;
      pressed.removeAttribute("aria-busy");
    }
  });
}

// What is left of the time to answer.
const ends = document.querySelectorAll("time[data-until]");
if (ends.length > 0) setInterval(() => {
  for (const end of ends) {
    const seconds = Math.max(0, Math.floor((Date.parse(end.dateTime) - Date.now()) / 1000));
    end.textContent = seconds >= 3600 ? Math.floor(seconds / 3600) + "h" : seconds >= 60 ? Math.floor(seconds / 60) + "m" : seconds + "s";
  }
}, 1000);
`;
