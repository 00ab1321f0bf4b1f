// What the browser must do itself: dialogs, clipboard, files, time zone, theme.

export { confirmByPasskey } from "./passkeys.js";

export function openDialog(element, owner) {
  if (!element || element.open) return;
  element.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && !e.defaultPrevented) {
      e.preventDefault();
      owner.invokeMethodAsync("AskToClose");
    }
  });
  element.addEventListener("cancel", (e) => e.preventDefault());
  element.addEventListener("mousedown", (e) => {
    if (e.target === element) owner.invokeMethodAsync("AskToClose");
  });
  element.showModal();
  // A field to type in, else the first button: a read-only value under the cursor would show its end.
  const first = element.querySelector("[autofocus], input:not([readonly], [type=checkbox]), select") ?? element.querySelector("button");
  first?.focus();
}

export function closeDialog(element) {
  if (element?.open) element.close();
}

export async function copy(text, button) {
  if (window.isSecureContext && navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Not permitted: the older way may be.
    }
  }
  // Plain HTTP has no clipboard API. Inside the dialog, because everything outside of a modal dialog is inert.
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  area.className = "visually-hidden";
  (button?.closest("dialog") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  button?.focus();
  return done;
}

// Ends with a line break: a stream of nothing cannot be handed over.
export function textOf(field) {
  return new TextEncoder().encode(`${field.value}\n`);
}

export function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

export function downloadFrom(address) {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}

export function timeZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function theme() {
  const set = document.documentElement.dataset.theme;
  return set ? set === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
}

export function setTheme(dark) {
  const name = dark ? "dark" : "light";
  document.documentElement.dataset.theme = name;
  document.cookie = `theme=${name}; path=/; max-age=31536000; samesite=lax`;
}

export function focusById(id) {
  document.getElementById(id)?.focus();
}
