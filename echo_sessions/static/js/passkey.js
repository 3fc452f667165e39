// Passkeys: asks our server for a question, the browser for an answer, and sends that with the form.
import { post, words } from "./net.js";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
const listed = (known) => (known ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

/** The question as the browser wants it: its texts as bytes. */
function asked(options) {
  const question = { ...options, challenge: bytes(options.challenge) };
  if (options.user) question.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) question.excludeCredentials = listed(options.excludeCredentials);
  if (options.allowCredentials) question.allowCredentials = listed(options.allowCredentials);
  return question;
}

/** The answer as our server wants it: its bytes as texts. */
function told(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  response.transports = credential.response.getTransports?.() ?? [];
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

async function ask(form) {
  const { status, answer } = await post(form.dataset.question, new FormData(form), form);
  if (status !== 200) throw new Error(answer?.message ?? String(status));
  const publicKey = asked(answer);
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
  form.elements.answer.value = told(credential);
}

export function start() {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const line = form.querySelector("[data-said]");
    const button = form.querySelector("button");
    const say = (sentence) => {
      line.textContent = sentence;
      line.hidden = !sentence;
    };
    form.addEventListener("submit", async (event) => {
      if (form.elements.answer.value) return;
      event.preventDefault();
      say("");
      if (!window.PublicKeyCredential) {
        say(form.dataset.missing);
        return;
      }
      button.disabled = true;
      try {
        await ask(form);
        form.requestSubmit();
      } catch (fault) {
        say(words(form.dataset.failed, { why: fault.message }));
      } finally {
        button.disabled = false;
      }
    });
  }
}
