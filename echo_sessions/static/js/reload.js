// [data-reload=seconds]: looks again by itself while somebody waits; a page that nobody looks at waits too.
export function start() {
  const wait = Number(document.querySelector("[data-reload]").dataset.reload) * 1000;
  const look = () => (document.hidden ? document.addEventListener("visibilitychange", () => location.reload(), { once: true }) : location.reload());
  setTimeout(look, wait + Math.random() * 2000);
}
