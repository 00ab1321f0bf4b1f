// What the browser must do itself: dialogs, menus, clipboard, files, time zone, theme.

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

export function attachMenu(button, menu) {
  if (!button || !menu || button.dataset.menu) return;
  button.dataset.menu = "1";
  const items = () => [...menu.querySelectorAll("[role=menuitem]:not([disabled])")];
  const place = () => {
    const b = button.getBoundingClientRect();
    const m = menu.getBoundingClientRect();
    const below = b.bottom + m.height + 8 < window.innerHeight;
    menu.style.top = `${Math.max(8, below ? b.bottom + 4 : b.top - m.height - 4)}px`;
    menu.style.left = `${Math.min(Math.max(8, b.right - m.width), window.innerWidth - m.width - 8)}px`;
  };
  const open = (last) => {
    menu.showPopover();
    place();
    (last ? items().at(-1) : items()[0])?.focus();
  };
  const close = (refocus) => {
    if (menu.matches(":popover-open")) menu.hidePopover();
    if (refocus) button.focus();
  };
  button.addEventListener("click", () => (menu.matches(":popover-open") ? close(true) : open(false)));
  button.addEventListener("keydown", (e) => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      open(e.key === "ArrowUp");
    }
  });
  menu.addEventListener("toggle", (e) => button.setAttribute("aria-expanded", e.newState === "open"));
  menu.addEventListener("click", (e) => {
    if (e.target.closest("[role=menuitem]")) close(true);
  });
  menu.addEventListener("keydown", (e) => {
    const all = items();
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[e.key];
    if (to !== undefined) {
      e.preventDefault();
      all[to % all.length]?.focus();
    } else if (e.key === "Escape" || e.key === "Tab") {
      if (e.key === "Escape") e.preventDefault();
      close(true);
    } else if (e.key.length === 1) {
      all.find((i) => i.textContent.trim().toLowerCase().startsWith(e.key.toLowerCase()))?.focus();
    }
  });
  window.addEventListener("scroll", () => close(false), { passive: true });
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
