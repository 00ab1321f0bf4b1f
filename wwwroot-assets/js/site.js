import { watchForms } from "./passkeys.js";

watchForms();

// On every page, also those without a circuit: what happens when the connection to the server is lost.
const dialog = document.getElementById("components-reconnect-modal");
if (dialog) {
  const text = dialog.querySelector("p");
  new MutationObserver(() => {
    const state = [...dialog.classList].find((c) => c.startsWith("components-reconnect-"))?.slice(21);
    if (state === "show" || state === "retrying" || state === "failed") {
      text.textContent = state === "failed" ? "The server cannot be reached." : "Trying to reach the server again…";
      if (!dialog.open) dialog.showModal();
      if (state === "failed") setTimeout(() => location.reload(), 3000);
    } else if (state === "rejected") {
      location.reload(); // The server is back, without this page's state.
    } else if (dialog.open) {
      dialog.close();
    }
  }).observe(dialog, { attributes: true, attributeFilter: ["class"] });
}

// The code of an invitation stands behind the #, which no server sees: it goes on in a form, and leaves the address.
const invitation = document.querySelector("form[data-invitation]");
if (invitation && location.hash.length > 1) {
  const code = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  invitation.elements["Input.Code"].value = code;
  invitation.submit();
}

// Ctrl+K or Cmd+K finds anything, from everywhere but inside of another dialog.
document.addEventListener("keydown", (e) => {
  if ((e.ctrlKey || e.metaKey) && !e.shiftKey && !e.altKey && e.key.toLowerCase() === "k") {
    const button = document.querySelector("[data-find]");
    if (!button) return;
    e.preventDefault();
    if (!document.querySelector("dialog[open]")) button.click();
  }
});
