// The summary of errors takes the focus; its links put the cursor into the field.
export function start() {
  const summary = document.querySelector("[data-errors]");
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.focus();
    (field.closest(".f") ?? field).scrollIntoView({ block: "center" });
  });
}
