// Menus: a button with popovertarget opens and closes its menu without us. Here they are placed beside their button and
// moved through by the keyboard. On the document, so that a menu works as soon as it is drawn.
const buttonOf = (menu) => document.querySelector(`[popovertarget="${menu.id}"]`);
const itemsOf = (menu) => [...menu.querySelectorAll("[role=menuitem]:not([disabled])")];
const menuOf = (e) => (e.target instanceof Element ? e.target.closest("[role=menu][popover]") : null);

function place(menu) {
  const b = buttonOf(menu)?.getBoundingClientRect();
  if (!b || b.bottom < 0 || b.top > window.innerHeight) {
    menu.hidePopover();
    return;
  }
  const m = menu.getBoundingClientRect();
  const below = b.bottom + m.height + 8 < window.innerHeight;
  menu.style.top = `${Math.max(8, below ? b.bottom + 4 : b.top - m.height - 4)}px`;
  menu.style.left = `${Math.max(8, Math.min(b.right - m.width, window.innerWidth - m.width - 8))}px`;
}

document.addEventListener("toggle", (e) => {
  const menu = menuOf(e);
  if (!menu) return;
  const open = e.newState === "open";
  buttonOf(menu)?.setAttribute("aria-expanded", open);
  menu.toggleAttribute("data-placed", open);
  if (!open) return;
  place(menu);
  const items = itemsOf(menu);
  (menu.dataset.from === "end" ? items.at(-1) : items[0])?.focus();
  delete menu.dataset.from;
}, true);

document.addEventListener("click", (e) => {
  const menu = menuOf(e);
  if (menu && e.target.closest("[role=menuitem]")) menu.hidePopover();
});

document.addEventListener("keydown", (e) => {
  const arrow = e.key === "ArrowDown" || e.key === "ArrowUp";
  const button = arrow && e.target instanceof Element ? e.target.closest("[aria-haspopup=menu][popovertarget]") : null;
  if (button) {
    e.preventDefault();
    const menu = document.getElementById(button.getAttribute("popovertarget"));
    if (e.key === "ArrowUp") menu.dataset.from = "end";
    menu.showPopover();
    return;
  }
  const menu = menuOf(e);
  if (!menu) return;
  const items = itemsOf(menu);
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[e.key];
  if (to !== undefined) {
    e.preventDefault();
    items[to % items.length]?.focus();
  } else if (e.key === "Escape" || e.key === "Tab") {
    if (e.key === "Escape") e.preventDefault();
    menu.hidePopover();
    buttonOf(menu)?.focus();
  } else if (e.key.length === 1) {
    items.find((i) => i.textContent.trim().toLowerCase().startsWith(e.key.toLowerCase()))?.focus();
  }
});

const follow = () => document.querySelectorAll("[role=menu]:popover-open").forEach(place);
window.addEventListener("scroll", follow, { passive: true, capture: true });
window.addEventListener("resize", follow, { passive: true });
