// The tower page: joins the live line to the map, the counters, the risk list and one order's story.
import htmx from "htmx.org/dist/htmx.esm.js";
import { Clock } from "./clock.js";
import { showFigures } from "./figures.js";
import { KINDS, LINE, SERVICES, STATES } from "./kinds.js";
import { Korea, isBig, onMap } from "./korea.js";
import { Line } from "./line.js";
import { Parcels } from "./parcels.js";
import { Risks } from "./risks.js";
import { _, count, dayOf, dayShare, percent, timeOf } from "../page/words.js";

const AGAIN_MS = 1200;
const byId = (id) => document.getElementById(id);
const clock = new Clock();
const nodes = new Map();
let seen = null, opened = null, opener = null, refresh = 0, paused = false;

const places = await (await fetch("/tower/places.json")).json();
const korea = await new Korea(byId("map"), byId("names")).draw();
const parcels = new Parcels(byId("moving"), byId("lanes"), korea, clock, places);
const risks = new Risks(places, clock, openOrder);
korea.moved = () => parcels.stale();

new Line("/tower/live", {
  picture(picture) {
    nodes.clear();
    parcels.replace(picture.parcels);
    take(picture);
    byId("main").dataset.ready = "true";
  },
  change(change) {
    parcels.change(change.parcels, change.gone);
    take(change);
    if (opened && change.parcels.some((parcel) => parcel.order_id === opened)) refreshOrder();
  },
  pace({ speed }) {
    paused = speed === 0;
    clock.pace(speed);
    for (const button of document.querySelectorAll("#speeds button")) {
      button.setAttribute("aria-pressed", String(button.value === String(speed)));
    }
  },
}, (state) => {
  byId("line").dataset.state = state;
  const still = state === "live" && paused;
  byId("line").classList.toggle("still", still);
  const words = LINE[still ? "paused" : state];
  if (byId("line-text").textContent !== words) byId("line-text").textContent = words;
});

function take(news) {
  clock.hear(news.at);
  seen = news.counters;
  showFigures(news.counters);
  for (const node of news.nodes) nodes.set(node.node_id, node);
  if (news.nodes.length) showNodes();
  if (news.risks) risks.show(news.risks, parcels, news.counters.at_risk);
  else risks.count(news.counters.at_risk);
}

function showNodes() {
  const drawn = [];
  for (const [id, place] of Object.entries(places.nodes)) {
    const node = nodes.get(id) ?? { state: "open", load_ppm: null, open_parcels: 0 };
    drawn.push({ id, name: place.name, kind: place.kind, at: onMap(place), ...node });
  }
  drawn.sort((a, b) => isBig(a.kind) - isBig(b.kind) || a.open_parcels - b.open_parcels);
  korea.show(drawn);
  if (byId("as-table").open) showTable();
}

// The same as the map, for those who read.
function showTable() {
  const rows = [...nodes.values()].sort((a, b) => b.open_parcels - a.open_parcels).map((node) => {
    const place = places.nodes[node.node_id];
    const row = document.createElement("tr");
    row.className = node.state;
    const load = node.load_ppm === null ? "–" : percent(node.load_ppm);
    for (const [text, kind] of [[place?.name ?? node.node_id], [place ? KINDS[place.kind] : ""], [count(node.open_parcels), "n"], [load, "n"], [STATES[node.state]]]) {
      const cell = row.insertCell();
      cell.textContent = text;
      if (kind) cell.className = kind;
    }
    return row;
  });
  byId("nodes").replaceChildren(...rows);
}
byId("as-table").addEventListener("toggle", showTable);

// --- one order's story

async function openOrder(id, from = null) {
  opened = id;
  opener = from;
  await htmx.ajax("GET", `/tower/orders/${id}`, { target: "#story", swap: "innerHTML" });
  byId("story").hidden = false;
  byId("risk-list").hidden = true;
  byId("story").scrollTop = 0;
  byId("story").querySelector("h2")?.focus({ preventScroll: !matchMedia("(max-width: 760px)").matches });
}

function closeOrder() {
  if (!opened) return;
  opened = null;
  byId("story").hidden = true;
  byId("risk-list").hidden = false;
  opener?.focus();
}

function refreshOrder() {
  clearTimeout(refresh);
  refresh = setTimeout(() => {
    if (opened && !byId("story").contains(document.activeElement?.closest("button"))) {
      htmx.ajax("GET", `/tower/orders/${opened}`, { target: "#story", swap: "innerHTML" });
    }
  }, AGAIN_MS);
}

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (byId("as-table").open) byId("as-table").open = false;
  else closeOrder();
});
byId("story").addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) closeOrder();
});
document.querySelector(".told").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) openOrder(button.dataset.order, button);
});
const asked = new URLSearchParams(location.search).get("order");
if (asked) openOrder(asked);

// --- what the pointer is on

let onNode = null;
korea.on("mouseover", ({ data }) => (onNode = data.id));
korea.on("mouseout", () => (onNode = null));
korea.raw("mousemove", ({ offsetX, offsetY }) => point(offsetX, offsetY));
korea.raw("globalout", () => point(null));
korea.raw("click", ({ offsetX, offsetY }) => {
  const parcel = onNode ? null : parcels.near(offsetX, offsetY);
  if (parcel) openOrder(parcel.order_id);
});

function point(x, y) {
  const tip = byId("tip");
  const parcel = x === null || onNode ? null : parcels.near(x, y);
  const lines = x === null ? null : onNode ? nodeLines(onNode) : parcel ? parcelLines(parcel) : null;
  korea.point(Boolean(parcel));
  tip.hidden = !lines;
  if (!lines) return;
  tip.replaceChildren(...lines.map((line, place) => {
    const element = document.createElement(place ? "span" : "b");
    element.textContent = line;
    return element;
  }));
  const room = byId("map").getBoundingClientRect();
  const left = Math.min(x + 14, room.width - tip.offsetWidth - 4);
  tip.style.transform = `translate(${Math.max(0, left)}px, ${Math.min(y + 14, room.height - tip.offsetHeight)}px)`;
}

function nodeLines(id) {
  const place = places.nodes[id], node = nodes.get(id);
  const lines = [place.name, `${KINDS[place.kind]} · ${STATES[node?.state ?? "open"]}`];
  if (node) lines.push(_("%(n)s being prepared", { n: count(node.open_parcels) }));
  if (node && node.load_ppm !== null) lines.push(_("load this hour %(load)s", { load: percent(node.load_ppm) }));
  return lines;
}

function parcelLines(parcel) {
  const from = places.nodes[parcel.node_id]?.name ?? parcel.node_id, to = places.zones[parcel.zone_id]?.name ?? "";
  const due = Date.parse(parcel.promised_at);
  const service = SERVICES[parcel.service] ?? parcel.service;
  return [`${from} → ${to}`, `${service} · ${_("by %(at)s", { at: `${dayOf(due)} ${timeOf(due)}` })}`, `${_("chance to be in time")} ${percent(parcel.chance_ppm)}`];
}

// --- the clock, once a frame at most

function showClock() {
  if (clock.known) {
    const now = clock.now();
    const texts = { day: dayOf(now), time: timeOf(now), "moving-count": count(parcels.onRoad) };
    for (const [id, text] of Object.entries(texts)) if (byId(id).textContent !== text) byId(id).textContent = text;
    byId("daybar").style.transform = `scaleX(${dayShare(now)})`;
  }
  setTimeout(showClock, 100);
}
showClock();

addEventListener("themed", () => {
  korea.themed();
  if (seen) showNodes();
  parcels.stale();
});
