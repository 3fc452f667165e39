// Loads a behaviour only where a page asks for it. Every page works without any of them.
const behaviours = {
  "details.fold": "menu",
  "[data-errors]": "errors",
  "form[data-autosave]": "autosave",
  "[data-confirm]": "confirm",
  "[data-order]": "order",
  "form[data-minutes]": "minutes",
  "textarea[data-screen]": "screening",
  "[data-keys]": "keys",
  "[data-poll], form[data-live]": "live",
  "form[data-passkey]": "passkey",
  "[data-line]": "line",
  "[data-reload]": "reload",
};

const begun = Object.keys(behaviours).filter((selector) => document.querySelector(selector))
  .map((selector) => import(`./${behaviours[selector]}.js`).then((module) => module.start()));
Promise.all(begun).then(() => { document.documentElement.dataset.ready = ""; });
