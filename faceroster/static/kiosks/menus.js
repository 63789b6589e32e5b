// Menus close when something else is touched, when the focus leaves them, and by Escape.

export function menus(all) {
  const close = (menu) => menu.removeAttribute("open");
  const others = (target) => all.filter((menu) => !menu.contains(target)).forEach(close);
  addEventListener("pointerdown", (event) => others(event.target), { passive: true });
  addEventListener("focusin", (event) => others(event.target));
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of all.filter((one) => one.open)) {
      close(menu);
      menu.querySelector("summary").focus();
    }
  });
}
