// [data-poll]: a part that follows the server while it is looked at. form[data-live="#part"]: a search while typing.
const PAUSE = 300;

export function start() {
  document.querySelectorAll("[data-poll]").forEach(follow);
  document.querySelectorAll("form[data-live]").forEach(search);
}

/** The part `id` of the page at `url`, or null when it cannot be had just now. */
async function part(url, id, signal) {
  try {
    const response = await fetch(url, { headers: { Accept: "text/html" }, signal });
    if (!response.ok || response.redirected) return null;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return (id && page.getElementById(id)) || page.body;
  } catch {
    return null;
  }
}

function follow(place) {
  const wait = Math.max(2, Number(place.dataset.every) || 10) * 1000;
  const look = async () => {
    if (document.hidden || place.contains(document.activeElement)) return;
    const fresh = await part(place.dataset.poll, place.id);
    if (fresh && !place.contains(document.activeElement) && fresh.innerHTML !== place.innerHTML) place.replaceChildren(...fresh.childNodes);
  };
  setInterval(look, wait);
  document.addEventListener("visibilitychange", look);
}

function search(form) {
  const place = document.querySelector(form.dataset.live);
  let timer = 0;
  let asking = null;
  const look = async () => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const url = new URL(form.action || location.href, location.href);
    url.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== "")).toString();
    const fresh = await part(url, place.id, signal);
    if (!fresh || signal.aborted) return;
    place.replaceChildren(...fresh.childNodes);
    history.replaceState(null, "", url);
  };
  const soon = (wait) => { clearTimeout(timer); timer = setTimeout(look, wait); };
  form.addEventListener("input", () => soon(PAUSE));
  form.addEventListener("change", () => soon(0));
  place?.setAttribute("aria-live", "polite");
}
