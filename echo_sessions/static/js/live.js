// [data-poll]: a part that follows the server while it is looked at, or each [data-part] in it by itself.
// form[data-live="#part"]: a search while typing.
const PAUSE = 300;
const MISSED = 2;

export function start() {
  document.querySelectorAll("[data-poll]").forEach(follow);
  document.querySelectorAll("form[data-live]").forEach(search);
}

/** The page at `url`, or null when it cannot be had just now. */
async function fetched(url, signal) {
  try {
    const response = await fetch(url, { headers: { Accept: "text/html" }, signal });
    if (!response.ok || response.redirected) return null;
    return new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return null;
  }
}

/** Its part `id`, or all of it. */
const part = (page, id) => (id && page.getElementById(id)) || page.body;

function follow(place) {
  const wait = Math.max(2, Number(place.dataset.every) || 10) * 1000;
  const held = (each) => each.contains(document.activeElement);
  const parts = () => [...place.querySelectorAll("[data-part]")];
  let missed = 0;
  const look = async () => {
    if (document.hidden || (!parts().length && held(place))) return;
    const page = await fetched(place.dataset.poll);
    missed = page ? 0 : missed + 1;
    document.querySelectorAll("[data-stale]").forEach((words) => { words.hidden = missed < MISSED; });
    if (!page) return;
    for (const each of parts().length ? parts() : [place]) {
      const fresh = part(page, each.id);
      if (!held(each) && fresh.innerHTML !== each.innerHTML) each.replaceChildren(...fresh.childNodes);
    }
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
    const page = await fetched(url, signal);
    if (!page || signal.aborted) return;
    place.replaceChildren(...part(page, place.id).childNodes);
    history.replaceState(null, "", url);
  };
  const soon = (wait) => { clearTimeout(timer); timer = setTimeout(look, wait); };
  form.addEventListener("input", () => soon(PAUSE));
  form.addEventListener("change", () => soon(0));
  place?.setAttribute("aria-live", "polite");
}
