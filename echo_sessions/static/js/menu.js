// The folded menu opens without script; this closes it by Escape.
export function start() {
  const fold = document.querySelector("details.fold");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !fold.open || document.querySelector("dialog[open]")) return;
    fold.open = false;
    fold.querySelector("summary").focus();
  });
}
