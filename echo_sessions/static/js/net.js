// One way to talk to the server: a form's own token, a JSON answer, and no surprise.

/** Posts `data` and gives {status, answer}; `answer` is null when the server did not speak JSON. Throws when it cannot be reached. */
export async function post(url, data, form, signal) {
  const token = form?.querySelector("input[name=csrf_token]")?.value ?? "";
  const response = await fetch(url, {
    method: "POST",
    body: data,
    headers: { "X-CSRFToken": token, Accept: "application/json" },
    redirect: "manual",
    signal,
  });
  const json = (response.headers.get("Content-Type") ?? "").includes("json");
  return { status: response.status, answer: json ? await response.json() : null };
}

/** Fills {name} places of a sentence that came with the page in the reader's language. */
export function words(sentence, values = {}) {
  return (sentence ?? "").replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** An element with properties and children. Text is always set as text. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
