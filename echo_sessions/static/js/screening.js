// [data-screen]: a text is looked through while it is written; each passage that may identify somebody offers three ways
// out: use the suggestion, edit, keep with a reason (sent as keep_text and keep_reason, in pairs). The same passage twice
// is settled once. Words come from the sheet of data-screen-into, or from the page's one [data-screen-words].
import { make, post, words } from "./net.js";

const PAUSE = 800;
const open = new Map(); // field -> how many of its passages wait, for the title of the tab
let title = "";

export function start() {
  title = document.title;
  // What was there when the page opened is looked through one after the other: a phone's line is thin.
  [...document.querySelectorAll("[data-screen]")].map(watch).reduce((before, look) => before.then(look), Promise.resolve());
}

function watch(area) {
  const sheet = document.querySelector(area.dataset.screenInto ?? "#none") ?? beside(area);
  const said = sheet.dataset.found ? sheet.dataset : document.querySelector("[data-screen-words]")?.dataset ?? {};
  const status = make("p", { className: "hint" });
  status.setAttribute("role", "status");
  const list = make("ul", { className: "hits", hidden: true });
  sheet.append(status, list);
  const kept = new Map(); // passage -> reason, so that a reason outlives the next look
  let timer = 0;
  let asking = null;

  async function look() {
    asking?.abort();
    if (!area.value.trim()) return show([]);
    asking = new AbortController();
    const data = new FormData();
    data.append("text", area.value);
    data.append("field", area.name);
    try {
      const { status: code, answer } = await post(area.dataset.screen, data, area.form, asking.signal);
      if (code === 200 && answer) return show(answer.hits);
    } catch (problem) {
      if (problem.name === "AbortError") return undefined;
    }
    status.textContent = said.failed ?? "";
    return undefined;
  }

  function show(hits) {
    const sure = gathered(hits.filter((hit) => hit.tier !== 2));
    const check = gathered(hits.filter((hit) => hit.tier === 2)).map(([hit]) => hit.text);
    const clear = area.value.trim() ? said.clear : "";
    status.textContent = sure.length ? words(said.found, { n: sure.length }) : check.length ? words(said.check, { words: check.join(", ") }) : clear ?? "";
    status.hidden = !status.textContent;
    list.replaceChildren(...sure.map(finding));
    list.hidden = !sure.length;
    count(area, sure.filter(([hit]) => !kept.get(hit.text)).length, said.left);
  }

  /** One passage, wherever it stands in this text. */
  function finding(same) {
    const [hit] = same;
    const buttons = make("p", { className: "does" });
    const item = make("li", {}, make("p", {}, make("mark", {}, hit.text)), make("p", { className: "muted" }, [hit.kind, hit.reason].filter(Boolean).join(": ")), buttons);
    const button = (label, act) => {
      const element = make("button", { type: "button", className: "btn btn-sm" }, label);
      element.append(make("span", { className: "vh" }, ` ${hit.text}`));
      element.addEventListener("click", act);
      buttons.append(element);
    };
    const use = same.length > 1 && said.useAll ? said.useAll : said.use;
    if (hit.suggestion) button(words(use, { suggestion: hit.suggestion, n: same.length }), () => replace(same));
    button(said.edit ?? "…", () => select(hit));
    if (hit.keep?.length === 0) item.append(make("p", { className: "hint" }, said.never ?? ""));
    else button(said.keep ?? "…", () => { kept.set(hit.text, kept.get(hit.text) ?? ""); reason(hit, item)?.focus(); });
    if (kept.has(hit.text)) reason(hit, item);
    return item;
  }

  /** The reason to keep a passage: one of a short list where there is one, or words of one's own. */
  function reason(hit, item) {
    const there = item.querySelector("select, input[type=text]");
    if (there) return there;
    const sent = make("input", { type: hit.keep ? "hidden" : "text", name: "keep_reason", value: kept.get(hit.text), maxLength: 200 });
    const because = (text) => { sent.value = text; kept.set(hit.text, text); };
    sent.addEventListener("input", () => kept.set(hit.text, sent.value));
    item.append(make("input", { type: "hidden", name: "keep_text", value: hit.text }));
    if (!hit.keep) {
      item.append(make("label", {}, said.because ?? "", sent));
      return sent;
    }
    const own = make("input", { type: "text", maxLength: 200, placeholder: said.other ?? "", hidden: true });
    own.setAttribute("aria-label", said.other ?? "");
    const pick = make("select", {}, make("option", { value: "" }, said.choose ?? "…"), ...hit.keep.map((text) => make("option", { value: text }, text)), make("option", { value: "other" }, said.other ?? "…"));
    const before = kept.get(hit.text);
    pick.value = hit.keep.includes(before) ? before : before ? "other" : "";
    own.hidden = pick.value !== "other";
    own.value = own.hidden ? "" : before;
    pick.addEventListener("change", () => {
      own.hidden = pick.value !== "other";
      because(pick.value === "other" ? own.value : pick.value);
      if (!own.hidden) own.focus();
      count(area, [...list.querySelectorAll("li")].filter((row) => !row.querySelector("[name=keep_reason]")?.value).length, said.left);
    });
    own.addEventListener("input", () => because(own.value));
    item.append(make("label", {}, said.because ?? "", pick), own, sent);
    return pick;
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

  function replace(same) {
    for (const hit of [...same].reverse()) {
      const from = place(hit);
      if (from >= 0) area.setRangeText(hit.suggestion, from, from + hit.text.length, "end");
    }
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  }

  area.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, PAUSE); });
  return () => area.value.trim() ? look() : undefined;
}

/** The place for findings: under the text, or under the table that the text is a cell of. */
function beside(area) {
  const table = area.closest("table");
  return (table ?? area).insertAdjacentElement("afterend", make("section"));
}

/** Hits of the same passage together, in reading order. */
function gathered(hits) {
  const groups = new Map();
  for (const hit of hits) groups.set(hit.text + hit.kind, [...(groups.get(hit.text + hit.kind) ?? []), hit]);
  return [...groups.values()];
}

function count(area, number, sentence) {
  open.set(area, number);
  const sum = [...open.values()].reduce((total, one) => total + one, 0);
  document.title = sum && sentence ? `${words(sentence, { n: sum })} ${title}` : title;
}
