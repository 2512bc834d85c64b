// The floor's list, and one parcel of it: find its goods, pack, hand over.
import { _ } from "../page/words.js";
import { badge, button, h, icon, nothing, sheet, toast } from "./dom.js";
import { bare } from "./gs1.js";
import { by, callOf, left, nameOf, SERVICES, STEPS } from "./saying.js";

export function list(app) {
  const tasks = app.tasks();
  if (!tasks.length) return nothing(_("Nothing to do"), _("New orders come up here by themselves."), "check-check");
  return h("ul.cards", {}, tasks.map((task) => h("li", {}, card(app, task))));
}

function card(app, task) {
  const step = STEPS[task.state];
  const time = left(task.due_at);
  const open = () => app.open(task.parcel_id);
  return h("button.job", { type: "button", onclick: open, "data-parcel": task.parcel_id },
    h("span.left", { class: time.tone }, h("b", { "data-due": task.due_at }, time.text), h("small", {}, by(task.due_at))),
    h("span.what", {}, h("b", {}, summary(app, task)), h("small", {}, `#${callOf(task)} · ${_(SERVICES[task.service] ?? task.service)}`),
      h("span.badges", {}, badge(_(step.text), step.tone, step.icon), cold(app, task), task.kept && badge(_("on this device"), "plain", "cloud-off"))),
    icon("chevron-right"));
}

function summary(app, task) {
  const [first, ...others] = task.lines;
  const name = `${nameOf(app.goods(first.sku))} × ${first.units}`;
  return others.length ? _("%(name)s and %(n)s more", { name, n: others.length }) : name;
}

function cold(app, task) {
  const kept = new Set(task.lines.map((line) => app.goods(line.sku).temperature));
  if (kept.has("frozen")) return badge(_("frozen"), "indigo", "snowflake");
  return kept.has("chilled") && badge(_("chilled"), "indigo", "thermometer-snowflake");
}

export function one(app, task) {
  const step = STEPS[task.state];
  const time = left(task.due_at);
  const order = ["waiting", "picked", "packed"];
  const dots = order.map((state, n) => h("li", { class: n < order.indexOf(task.state) ? "past" : "", "aria-current": state === task.state ? "step" : null }, _(STEPS[state].next)));
  const head = h("header.head", {},
    h("button.tool", { type: "button", onclick: () => app.open(null), "aria-label": _("Back to the list") }, icon("arrow-left")),
    h("div", {}, h("h1", { tabindex: "-1" }, `#${callOf(task)}`), h("p.quiet", { "data-due": task.due_at, class: time.tone }, time.text)));
  const inside = task.state === "waiting" ? picking(app, task) : making(app, task, step);
  return h("section.task", {}, head, h("ol.steps", {}, dots), inside);
}

// Whether every unit was found, or said to be missing.
export function complete(app, task) {
  const counted = app.counted(task.parcel_id);
  return task.lines.every((line) => counted[line.reservation_id]?.units === line.units || counted[line.reservation_id]?.missing);
}

// What was counted so far stays on the device: a page that dies does not forget it.
function picking(app, task) {
  const counted = app.counted(task.parcel_id);
  const done = () => {
    const found = Object.fromEntries(task.lines.map((line) => [line.reservation_id, counted[line.reservation_id].units]));
    const nothing = !Object.values(found).some((units) => units > 0);
    return app.act({ kind: "pick", parcel_id: task.parcel_id, found }, nothing ? null : task.parcel_id);
  };
  return [
    h("ul.goods", {}, task.lines.map((line) => h("li", {}, toFind(app, task, line, counted[line.reservation_id])))),
    h("footer.do", {}, button(_("Picked"), { kind: "primary large wide", mark: "check", disabled: !complete(app, task), onclick: done, "data-do": "pick" })),
  ];
}

// What its name does not say of a good already.
const untold = (good) => (good.options ?? []).filter((option) => !good.name_ko.includes(option));

function toFind(app, task, line, count = { units: 0 }) {
  const good = app.goods(line.sku);
  const set = (units, missing = false) => app.count(task.parcel_id, line.reservation_id, { units: Math.max(0, Math.min(units, line.units)), missing });
  const full = count.units === line.units;
  const short = line.units - count.units;
  const missing = !full && (count.asked
    ? button(_("Yes, %(n)s missing", { n: short }), { kind: "danger small", mark: "package-x", onclick: () => set(count.units, true), "data-do": "missing" })
    : count.missing ? badge(_("%(n)s missing", { n: short }), "red", "package-x")
      : button(_("Not on the shelf"), { kind: "quiet small", onclick: () => app.count(task.parcel_id, line.reservation_id, { ...count, asked: true }), "data-do": "not-there" }));
  return h("div.good", { class: full ? "full" : count.missing ? "short" : "" },
    h("button.name", { type: "button", onclick: () => set(line.units), "aria-label": _("All %(n)s of %(name)s found", { n: line.units, name: nameOf(good) }), "data-do": "all" },
      app.picture(good), h("span", {}, h("b", {}, nameOf(good)), h("small", {}, [...untold(good), good.gtin ?? good.sku].join(" · ")))),
    h("div.count", {},
      h("button.tool", { type: "button", "aria-label": _("One less"), disabled: count.units === 0, onclick: () => set(count.units - 1) }, icon("minus")),
      h("output", {}, h("b", {}, count.units), ` / ${line.units}`),
      h("button.tool", { type: "button", "aria-label": _("One more"), disabled: full, onclick: () => set(count.units + 1) }, icon("plus"))),
    h("div.missing", {}, missing, good.age_limit > 0 && badge(_("from age %(age)s", { age: good.age_limit }), "amber")));
}

function making(app, task, step) {
  const kind = task.state === "picked" ? "pack" : "hand_over";
  const counter = task.carrier_id === null;
  const text = kind === "pack" ? _("Packed and closed") : counter ? _("Put behind the counter") : _("Given to the carrier");
  const label = task.sscc
    ? h("p.label", {}, icon("barcode"), h("span", {}, h("small", {}, _("Label (SSCC)")), h("b", {}, task.sscc.replace(/(\d{3})(?=\d)/g, "$1 "))))
    : kind === "hand_over" && h("p.quiet", {}, _("The number for the label comes when the line is back."));
  return [
    label,
    h("ul.goods", {}, task.lines.filter((line) => line.found !== 0).map((line) => h("li", {}, h("div.good", {},
      h("div.name", {}, app.picture(app.goods(line.sku)), h("span", {}, h("b", {}, nameOf(app.goods(line.sku))))),
      h("div.count", {}, h("output", {}, h("b", {}, line.found ?? line.units)))))),
    ),
    h("footer.do", {}, button(text, { kind: "primary large wide", mark: step.icon, onclick: () => app.act({ kind, parcel_id: task.parcel_id }, kind === "pack" ? task.parcel_id : null), "data-do": kind })),
  ];
}

// A code was read while the list or a parcel is open; gives whether it was of use.
export function scanned(app, code) {
  const open = app.tasks().find((task) => task.parcel_id === app.opened);
  if (code.kind === "gtin") return open?.state === "waiting" ? countOne(app, open, code) : toGood(app, code);
  const labelled = code.kind === "sscc" && app.tasks().find((task) => task.sscc === code.value);
  if (!labelled) return false;
  app.open(labelled.parcel_id);
  return true;
}

const carries = (app, line, code) => bare(app.goods(line.sku).gtin) === bare(code.value);

function countOne(app, task, code) {
  const counted = app.counted(task.parcel_id);
  const lines = task.lines.filter((line) => carries(app, line, code));
  const line = lines.find((each) => (counted[each.reservation_id]?.units ?? 0) < each.units);
  if (line) {
    const units = (counted[line.reservation_id]?.units ?? 0) + 1;
    app.count(task.parcel_id, line.reservation_id, { units });
    toast(`${nameOf(app.goods(line.sku))} ${units} / ${line.units}`);
  } else toast(lines.length ? _("All of it is found already.") : _("This is not in the parcel."), "circle-alert");
  return true;
}

function toGood(app, code) {
  const task = app.tasks().find((each) => each.state === "waiting" && each.lines.some((line) => carries(app, line, code)));
  if (!task) return false;
  app.open(task.parcel_id);
  countOne(app, task, code);
  return true;
}

// Where somebody works, from a list that may be long.
export function chooseNode(app) {
  const search = h("input.input", { type: "search", "aria-label": _("Search"), placeholder: _("Name of the place") });
  const found = h("ul.places", {});
  const show = () => found.replaceChildren(...app.me.nodes.filter((node) => node.name.toLowerCase().includes(search.value.trim().toLowerCase())).slice(0, 40).map((node) =>
    h("li", {}, h("button.place", { type: "button", onclick: () => { box.close(); app.work(node.id); } }, icon("map-pin"), h("span", {}, node.name)))));
  search.addEventListener("input", show);
  const box = sheet(_("Where do you work?"), app.me.nodes.length > 8 && search, found);
  show();
}
