// The browser's part of making and using passkeys (WebAuthn). On the account pages a form carries the answer; in a circuit,
// which can set no cookie, the answer goes by a request of its own.

async function ask(what, fields = {}) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
    throw new Error("This browser knows no passkeys.");
  }

  const makes = what !== "use";
  const response = await post(`/account/passkeys/${what}`, fields);
  if (!response.ok) throw new Error("The page is out of date. Reload it and try again.");
  const options = await response.json();
  try {
    const credential = makes
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    return JSON.stringify(credential.toJSON());
  } catch (error) {
    throw new Error(
      error.name === "InvalidStateError" ? "This device has a passkey for this account already."
        : error.name === "SecurityError" ? "Passkeys do not work under this address."
        : makes ? "No passkey was made." : "No passkey was used.");
  }
}

function post(path, fields) {
  const token = document.querySelector("input[name=__RequestVerificationToken]")?.value ?? "";
  return fetch(path, { method: "POST", body: new URLSearchParams({ __RequestVerificationToken: token, ...fields }) });
}

/** Step-up: empty when it was confirmed, otherwise what to say. */
export async function confirmByPasskey() {
  try {
    const response = await post("/account/passkeys/confirm", { credential: await ask("use") });
    return response.ok ? "" : "This passkey is not one of yours.";
  } catch (error) {
    return error.message;
  }
}

/**
 * Forms, or buttons, with data-passkey="make", "join" or "use" talk to the authenticator before the form is sent. A button
 * that leaves fields unchecked names the one that has to be filled in all the same: data-passkey-name.
 */
export function watchForms() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const asker = event.submitter?.dataset.passkey ? event.submitter : form;
    const what = asker.dataset?.passkey;
    if (!what) return;
    event.preventDefault();
    const name = asker.dataset.passkeyName && form.elements[asker.dataset.passkeyName];
    if (name && !name.reportValidity()) return;
    const error = form.querySelector("[data-passkey-error]");
    const buttons = form.querySelectorAll("button");
    error.hidden = true;
    buttons.forEach((b) => (b.disabled = true));
    try {
      form.querySelector("[data-passkey-answer]").value = await ask(what, name ? { name: name.value } : {});
      form.submit();
    } catch (failure) {
      error.textContent = failure.message;
      error.hidden = false;
      buttons.forEach((b) => (b.disabled = false));
    }
  });
}
