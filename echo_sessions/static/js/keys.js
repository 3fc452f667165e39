// [data-keys]: a list worked through by keyboard. Letters count only while the focus is in the list, never while typing.
export function start() {
  document.querySelectorAll("[data-keys]").forEach((list) => {
    [...list.children].forEach((item) => { item.tabIndex = -1; });
    if (list.firstElementChild) list.firstElementChild.tabIndex = 0;
    list.addEventListener("keydown", (event) => press(list, event));
    if (list.dataset.keys === "start" && document.activeElement === document.body) list.firstElementChild?.focus();
  });
}

function press(list, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  const item = [...list.children].find((child) => child.contains(event.target));
  if (!item) return;
  const step = { j: "nextElementSibling", ArrowDown: "nextElementSibling", k: "previousElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const target = step ? item[step] : event.key === "Enter" && event.target === item
    ? item.querySelector(".btn-primary, a, button")
    : [...item.querySelectorAll("[data-key]")].find((element) => element.dataset.key === event.key.toLowerCase());
  if (!target) return;
  event.preventDefault();
  if (!step) return target.click();
  item.tabIndex = -1;
  target.tabIndex = 0;
  return target.focus();
}
