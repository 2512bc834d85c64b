// The counters, which tick to their new values.
import { count, money, percent, weight } from "../page/words.js";

const TICK_MS = 450;
const still = matchMedia("(prefers-reduced-motion: reduce)");

const shown = {
  orders: (c) => [c.orders, count], open: (c) => [c.open, count], delivered: (c) => [c.delivered, count],
  cancelled: (c) => [c.cancelled, count], at_risk: (c) => [c.at_risk, count],
  kept_ppm: (c) => [c.kept_ppm, percent], stated_ppm: (c) => [c.stated_ppm, percent], split_ppm: (c) => [c.split_ppm, percent],
  cost: (c) => [c.currency && c.cost_minor ? c.cost_minor : null, (n) => money(n, c.currency)], co2e: (c) => [c.co2e_g || null, weight],
  cost_each: (c) => [c.currency && c.cost_minor && c.orders ? c.cost_minor / c.orders : null, (n) => money(n, c.currency)],
  co2e_each: (c) => [c.co2e_g && c.orders ? c.co2e_g / c.orders : null, (g) => `${count(g)} g`],
};
// Known before the orders that are over are counted.
const AT_ONCE = new Set(["open", "at_risk"]);
const known = {};
let began = 0, frame = 0;

export function showFigures(counters) {
  for (const element of document.querySelectorAll("[data-figure]")) {
    const [told, spell] = shown[element.dataset.figure](counters);
    const value = counters.counted || AT_ONCE.has(element.dataset.figure) ? told : null;
    const before = known[element.dataset.figure];
    known[element.dataset.figure] = { element, spell, from: before?.now ?? value, to: value, now: before?.now ?? value };
  }
  document.querySelector(".figure.risk").classList.toggle("some", counters.at_risk > 0);
  for (const part of ["delivered", "open", "cancelled"]) {
    document.getElementById(`bar-${part}`).style.flexGrow = counters.counted ? counters[part] : 0;
  }
  began = performance.now();
  cancelAnimationFrame(frame);
  tick();
}

function tick() {
  const done = still.matches ? 1 : Math.min(1, (performance.now() - began) / TICK_MS);
  const eased = 1 - (1 - done) ** 3;
  for (const figure of Object.values(known)) {
    if (figure.to === null || figure.to === undefined) {
      figure.element.textContent = "–";
      continue;
    }
    figure.now = done === 1 ? figure.to : (figure.from ?? figure.to) + (figure.to - (figure.from ?? figure.to)) * eased;
    const text = figure.spell(figure.now);
    if (figure.element.textContent !== text) figure.element.textContent = text;
  }
  if (done < 1) frame = requestAnimationFrame(tick);
}
