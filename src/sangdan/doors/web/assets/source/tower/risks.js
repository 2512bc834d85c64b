// The risk list: what will probably be late, why, and how long is left.
import { _, percent, span, when } from "../page/words.js";
import { RISKS } from "./kinds.js";

const RING = 2 * Math.PI * 19;
const SHOWN = 60;
const UNSURE_PPM = 500000;

const list = document.getElementById("risks");
const empty = document.getElementById("no-risks");
const total = document.getElementById("risk-count");

export class Risks {
  #places;
  #clock;
  #open;
  #risks = [];

  constructor(places, clock, open) {
    this.#places = places;
    this.#clock = clock;
    this.#open = open;
    list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.#open(button.dataset.order, button);
    });
    list.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const buttons = [...list.querySelectorAll("button")];
      buttons[buttons.indexOf(document.activeElement) + step]?.focus();
    });
    setInterval(() => this.#tick(), 1000);
  }

  // Items keep their element, so that focus and pointer stay where they are.
  show(risks, parcels, atRisk) {
    this.#risks = risks.slice(0, SHOWN);
    const kept = new Map([...list.children].map((item) => [item.dataset.parcel, item]));
    const items = this.#risks.map((risk) => {
      const item = kept.get(risk.parcel_id) ?? this.#item(risk);
      this.#fill(item, risk, parcels.get(risk.parcel_id));
      return item;
    });
    const focused = document.activeElement;
    for (const item of [...list.children]) if (!items.includes(item)) item.remove();
    items.forEach((item, place) => {
      if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
    });
    if (focused !== document.activeElement && list.contains(focused)) focused.focus();
    empty.hidden = items.length > 0;
    empty.textContent = _("No parcel is likely to be late.");
    this.count(atRisk);
    this.#tick();
  }

  count(atRisk) {
    total.textContent = atRisk ? String(atRisk) : "";
  }

  #item(risk) {
    const item = document.createElement("li");
    item.dataset.parcel = risk.parcel_id;
    item.innerHTML = `<button type="button"><span class="chance"><svg viewBox="0 0 44 44" aria-hidden="true"><circle class="under" cx="22" cy="22" r="19"/><circle class="over" cx="22" cy="22" r="19"/></svg><b></b></span><span class="where"></span><span class="left"></span><span class="because"></span></button>`;
    item.firstChild.dataset.order = risk.order_id;
    return item;
  }

  #fill(item, risk, parcel) {
    const node = this.#places.nodes[risk.node_id]?.name ?? risk.node_id;
    const zone = this.#places.zones[parcel?.zone_id]?.name;
    const chance = item.querySelector(".chance");
    chance.classList.toggle("unsure", risk.chance_ppm >= UNSURE_PPM);
    chance.title = _("chance to be in time");
    chance.querySelector("b").textContent = percent(risk.chance_ppm).replace(/[.,]\d/, "");
    const ring = chance.querySelector(".over");
    ring.setAttribute("stroke-dasharray", `${RING * (risk.chance_ppm / 1e6)} ${RING}`);
    ring.style.visibility = risk.chance_ppm > 5000 ? "" : "hidden";
    item.querySelector(".where").textContent = zone && zone !== node ? `${node} → ${zone}` : node;
    item.querySelector(".because").textContent = this.#because(risk, node);
  }

  #because(risk, node) {
    const now = this.#clock.now();
    const args = { node };
    for (const [name, value] of Object.entries(risk.args)) {
      args[name] = name.endsWith("_at") && value ? when(value, now) : value;
      if (name.endsWith("_s")) args[name.slice(0, -2)] = span(value);
    }
    const waits = risk.code === "slow_transit" && !risk.args.departed_at;
    const more = waits ? "_waiting" : risk.args.next_departs_at ? "_next" : "";
    return _(RISKS[risk.code + more] ?? RISKS[risk.code] ?? RISKS.unknown, args);
  }

  #tick() {
    const now = this.#clock.now();
    this.#risks.forEach((risk, place) => {
      const left = list.children[place]?.querySelector(".left");
      if (!left) return;
      const seconds = (Date.parse(risk.promised_at) - now) / 1000;
      const time = span(Math.abs(seconds));
      left.textContent = seconds >= 0 ? _("%(time)s left", { time }) : _("%(time)s over", { time });
      left.classList.toggle("over", seconds < 0);
    });
  }
}
