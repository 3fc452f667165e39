// form[data-confirm], or one of its buttons: the sentence is asked in a dialog before anything is sent.
import { make } from "./net.js";

const agreed = new WeakSet();

export function start() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const sentence = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (!sentence || event.defaultPrevented || agreed.delete(form)) return;
    event.preventDefault();
    ask(form, event.submitter, sentence);
  });
}

function ask(form, submitter, sentence) {
  const style = submitter?.classList.contains("btn-danger") ? "btn btn-danger" : "btn btn-primary";
  const label = [...(submitter?.childNodes ?? [])].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("").trim();
  const text = make("p", { id: "confirm-text" }, sentence);
  const yes = make("button", { type: "button", className: style }, label || "OK");
  const no = make("button", { type: "button", className: "btn" }, form.dataset.back ?? submitter?.dataset.back ?? "×");
  const dialog = make("dialog", {}, text, make("p", { className: "does" }, yes, no));
  dialog.setAttribute("aria-labelledby", text.id);
  dialog.addEventListener("close", () => { dialog.remove(); submitter?.focus(); });
  no.addEventListener("click", () => dialog.close());
  yes.addEventListener("click", () => {
    dialog.close();
    agreed.add(form);
    form.requestSubmit(submitter);
  });
  document.body.append(dialog);
  dialog.showModal();
  no.focus();
}
