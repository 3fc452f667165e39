// [data-order]: buttons that move a row earlier or later; without script they submit the form instead.
import { make, words } from "./net.js";

export function start() {
  document.querySelectorAll("[data-order]").forEach((list) => {
    const status = make("p", { className: "vh" });
    status.setAttribute("role", "status");
    (list.closest("form") ?? document.body).append(status);
    list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-up], [data-down]");
      const row = button && [...list.children].find((child) => child.contains(button));
      if (!row) return;
      event.preventDefault();
      const other = "up" in button.dataset ? row.previousElementSibling : row.nextElementSibling;
      if (!other) return;
      if ("up" in button.dataset) other.before(row); else other.after(row);
      number(list);
      button.focus();
      status.textContent = words(list.dataset.orderMoved, { n: [...list.children].indexOf(row) + 1 });
      row.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });
}

function number(list) {
  [...list.children].forEach((row, place) => {
    const position = row.querySelector("input[data-position]");
    if (position) position.value = place + 1;
  });
}
