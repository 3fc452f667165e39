// textarea[data-screen]: the text is looked through while it is written; each finding offers three choices:
// use the suggestion, edit, keep with a reason (sent as keep_text and keep_reason, in pairs).
import { make, post, words } from "./net.js";

const PAUSE = 800;

export function start() {
  document.querySelectorAll("textarea[data-screen]").forEach(watch);
}

function watch(area) {
  const sheet = document.querySelector(area.dataset.screenInto ?? "#none") ?? area.insertAdjacentElement("afterend", make("section"));
  const status = make("p", { className: "saved" });
  status.setAttribute("role", "status");
  const list = make("ul", { className: "hits" });
  sheet.append(status, list);
  const kept = new Map(); // passage -> reason, so that a reason outlives the next look
  let timer = 0;
  let asking = null;

  async function look() {
    asking?.abort();
    asking = new AbortController();
    if (!area.value.trim()) return show([]);
    const data = new FormData();
    data.append("text", area.value);
    data.append("field", area.name);
    try {
      const { status: code, answer } = await post(area.dataset.screen, data, area.form, asking.signal);
      if (code === 200 && answer) return show(answer.hits);
    } catch (problem) {
      if (problem.name === "AbortError") return undefined;
    }
    status.textContent = sheet.dataset.failed ?? "";
    return undefined;
  }

  function show(hits) {
    const sentence = hits.length ? words(sheet.dataset.found, { n: hits.length }) : sheet.dataset.clear;
    status.textContent = area.value.trim() ? sentence ?? "" : "";
    list.replaceChildren(...hits.map((hit) => finding(hit)));
    list.hidden = !hits.length;
  }

  function finding(hit) {
    const buttons = make("p", { className: "does" });
    const item = make("li", {}, make("p", {}, make("mark", {}, hit.text)), make("p", { className: "muted" }, [hit.kind, hit.reason].filter(Boolean).join(": ")), buttons);
    const button = (label, act) => {
      const element = make("button", { type: "button", className: "btn btn-sm" }, label);
      element.addEventListener("click", act);
      buttons.append(element);
    };
    if (hit.suggestion) button(words(sheet.dataset.use, { suggestion: hit.suggestion }), () => replace(hit));
    button(sheet.dataset.edit ?? "…", () => select(hit));
    button(sheet.dataset.keep ?? "…", () => { kept.set(hit.text, kept.get(hit.text) ?? ""); reason(hit, item)?.focus(); });
    if (kept.has(hit.text)) reason(hit, item);
    return item;
  }

  function reason(hit, item) {
    const there = item.querySelector("input[name=keep_reason]");
    if (there) return there;
    const input = make("input", { type: "text", name: "keep_reason", value: kept.get(hit.text), maxLength: 200 });
    input.addEventListener("input", () => kept.set(hit.text, input.value));
    item.append(make("label", {}, sheet.dataset.because ?? "", input), make("input", { type: "hidden", name: "keep_text", value: hit.text }));
    return input;
  }

  /** Where the passage is now; the server counts characters, the browser counts UTF-16 units, and the writer goes on writing. */
  function place(hit) {
    if (area.value.slice(hit.start, hit.end) === hit.text) return hit.start;
    const near = area.value.indexOf(hit.text, Math.max(0, hit.start - hit.text.length));
    return near >= 0 ? near : area.value.indexOf(hit.text);
  }

  function select(hit) {
    const from = place(hit);
    area.focus();
    if (from >= 0) area.setSelectionRange(from, from + hit.text.length);
  }

  function replace(hit) {
    const from = place(hit);
    if (from < 0) return;
    area.setRangeText(hit.suggestion, from, from + hit.text.length, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  }

  area.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, PAUSE); });
  if (area.value.trim()) look();
}
