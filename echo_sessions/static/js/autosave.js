// form[data-autosave]: keeps a draft on the server one second after a pause and says so in words.
// Nothing is kept in the browser, which may be shared; leaving with unsaved words asks first.
import { post, words } from "./net.js";

const PAUSE = 1000;
const RETRY = [5000, 10000, 20000, 30000];

export function start() {
  document.querySelectorAll("form[data-autosave]").forEach(keep);
}

function keep(form) {
  const line = form.querySelector(".saved") ?? form.appendChild(Object.assign(document.createElement("p"), { className: "saved" }));
  let unsaved = false; // words on the screen that the server has not got
  let stopped = false; // somebody else saved, or the form is on its way
  let tries = 0;
  let timer = 0;
  let running = null;

  function say(sentence, bad = false) {
    line.textContent = sentence;
    line.classList.toggle("bad", bad);
  }

  function later(wait) {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(save, wait);
  }

  function save() {
    clearTimeout(timer);
    if (stopped || !unsaved) return running;
    if (running) return running.then(save);
    running = send().finally(() => { running = null; });
    return running;
  }

  async function send() {
    unsaved = false;
    say(line.dataset.saving ?? "");
    let status = 0;
    let answer = null;
    try {
      ({ status, answer } = await post(form.dataset.autosave, written(form), form));
    } catch { /* no line: tried again */ }
    if (status === 200 && answer) {
      tries = 0;
      const version = form.querySelector("input[name=version]");
      if (version && answer.version !== undefined) version.value = answer.version;
      say(unsaved ? line.dataset.unsaved : words(line.dataset.saved, { time: answer.saved_at ?? clock() }));
      return;
    }
    unsaved = true;
    if (status === 409) stopped = true;
    const refused = status >= 400 && status < 500;
    const gone = !answer && (refused || status === 0 && navigator.onLine);
    say(words(line.dataset.failed, { why: answer?.message ?? (gone ? line.dataset.out : line.dataset.offline) }), true);
    if (!refused) later(RETRY[Math.min(tries++, RETRY.length - 1)]);
  }

  function changed(event) {
    if (event.target.type === "file") return;
    unsaved = true;
    if (!stopped && !running) say(line.dataset.unsaved ?? "");
    later(PAUSE);
  }

  const early = [...form.elements].find(differs); // typed before this script came
  if (early) changed({ target: early });
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  window.addEventListener("online", save);
  window.addEventListener("beforeunload", (event) => {
    if ((unsaved || running) && !form.dataset.leaving) event.preventDefault();
  });
  // After confirm.js had its say: wait for a draft under way, so that the form carries its version.
  window.addEventListener("submit", (event) => {
    if (event.target !== form || event.defaultPrevented) return;
    clearTimeout(timer);
    form.dataset.leaving = "yes";
    if (!running) { stopped = true; return; }
    event.preventDefault();
    running.then(() => { stopped = true; form.requestSubmit(event.submitter); });
  });
  window.addEventListener("pageshow", () => { delete form.dataset.leaving; });
}

/** What was typed and chosen; files wait for the form itself. */
function written(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  return data;
}

function clock() {
  return new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
}

function differs(field) {
  if (/file|hidden|submit|button/.test(field.type)) return false;
  if (/checkbox|radio/.test(field.type)) return field.checked !== field.defaultChecked;
  return "defaultValue" in field && field.value !== field.defaultValue;
}
