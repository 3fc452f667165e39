// form[data-minutes=90]: the sum of input[data-minute] beside the length, in words.
import { words } from "./net.js";

export function start() {
  document.querySelectorAll("form[data-minutes]").forEach((form) => {
    const line = form.querySelector("[data-sum]");
    const add = () => {
      const sum = [...form.querySelectorAll("input[data-minute]")].reduce((total, input) => total + (parseInt(input.value, 10) || 0), 0);
      const length = Number(form.dataset.minutes);
      const { minutesExact, minutesUnder, minutesOver } = form.dataset;
      const sentence = sum === length ? minutesExact : sum < length ? minutesUnder : minutesOver;
      line.textContent = words(sentence, { sum, length, left: Math.abs(length - sum) });
    };
    form.addEventListener("input", add);
    add();
  });
}
