// The floor app: what is kept on the device, the line to the tower, and the page between them.
import { _ } from "../page/words.js";
import * as clock from "./clock.js";
import * as counter from "./counter.js";
import { alert, h, icon, toast, who as me } from "./dom.js";
import { fetchDoorstep, fetchList, flush, Refused } from "./line.js";
import * as outbox from "./outbox.js";
import { atCounter, expected, fresh, onRoad } from "./queue.js";
import * as road from "./road.js";
import { callOf, left } from "./saying.js";
import { camera, listen } from "./scan.js";
import * as store from "./store.js";
import * as tasks from "./tasks.js";

const EVERY_MS = 12_000;
const TICK_MS = 10_000;
const EMPTY = { tasks: [], counter: [], goods: {}, on_board: [], to_load: [] };
const UNKNOWN = { name_ko: "?", name_en: "?", gtin: null, temperature: "ambient", age_limit: 0, options: [] };
const main = document.getElementById("main");

const app = {
  me, node: null, tab: null, opened: null, sought: "", rows: [], photos: [], found: EMPTY, counts: {}, clockOff: false, doorsteps: new Map(),
  line: navigator.onLine ? "good" : "off", // good, off, signed-out

  tasks: () => expected(app.found.tasks, app.rows).sort((a, b) => (a.due_at < b.due_at ? -1 : 1)),
  waiting: () => atCounter(app.found.counter, app.rows),
  road: () => onRoad(app.found, app.rows),
  goods: (sku) => app.found.goods[sku] ?? UNKNOWN,
  picture: (good) => h("span.tile", {}, good.picture ? h("img", { src: good.picture, alt: "", loading: "lazy" }) : icon("package")),
  counted: (parcel) => app.counts[parcel] ?? {},

  open(parcel) {
    app.opened = parcel;
    show();
    (main.querySelector("h1") ?? main).focus?.();
  },

  async count(parcel, reservation, count) {
    app.counts[parcel] = { ...app.counts[parcel], [reservation]: count };
    show();
    await store.putNote("counts", app.counts);
  },

  // Something was done: it is on the disk first, then on the page, then at the tower.
  async act(what, thenOpen, photo = null) {
    const at_node = me.role === "floor" ? { node_id: app.node } : {};
    const action = { ...what, ...at_node, key: crypto.randomUUID(), device_at: new Date().toISOString(), offset_ms: clock.offset(), done_by: me.who };
    const row = { ...fresh(action), call: named(what) };
    try {
      await store.keep(row, photo);
    } catch (problem) {
      toast(_("The device has no room to keep this: free some space, then do it again."), "circle-alert");
      throw problem;
    }
    delete app.counts[what.parcel_id];
    await Promise.all([load(), store.putNote("counts", app.counts)]);
    app.open(thenOpen);
    toast(app.line === "good" ? _("Done") : _("Kept on this device, sent when the line is back"), app.line === "good" ? "check" : "cloud-off");
    sync();
  },

  async dismiss(row) {
    await store.drop(row.seq);
    await load();
    show();
  },

  async dropPhoto(id) {
    await store.dropPhoto(id);
    await load();
    show();
  },

  // Asked for once: from the device, else from the tower; a line that was cut is tried again.
  doorstep(parcel, keep) {
    if (!app.doorsteps.has(parcel)) {
      const asked = (async () => (keep && (await store.doorstep(parcel))) || fetchDoorstep(parcel, keep))();
      asked.catch((problem) => problem.status !== 404 && app.doorsteps.delete(parcel));
      app.doorsteps.set(parcel, asked);
    }
    return app.doorsteps.get(parcel);
  },

  async work(node) {
    Object.assign(app, { node, opened: null, found: (await store.list(`node/${node}`)) ?? EMPTY });
    await store.putNote("node", node);
    show();
    sync();
  },
};

function named(what) {
  const all = [...app.found.tasks, ...app.found.counter, ...app.found.on_board, ...app.found.to_load];
  const known = all.find((each) => each.parcel_id === what.parcel_id);
  return known ? `#${callOf(known)}` : (what.sscc ?? "");
}

async function load() {
  [app.rows, app.photos] = await Promise.all([store.rows(), store.photos()]);
}

// Sends what waits, then asks for the list; one at a time, and once more if something was done meanwhile.
let running = null;
let again = false;

function sync() {
  if (running) {
    again = true;
    return running;
  }
  running = (async () => {
    do {
      again = false;
      await once();
    } while (again);
  })().finally(() => { running = null; });
  return running;
}

async function once() {
  try {
    await flush(me.who);
    if (me.role === "courier") app.found = { ...EMPTY, ...(await fetchList("road", "/floor/road.json")) };
    else if (app.node) app.found = { ...EMPTY, ...(await fetchList(`node/${app.node}`, `/floor/tasks.json?node=${encodeURIComponent(app.node)}`, app.node)) };
    app.line = "good";
  } catch (problem) {
    app.line = problem instanceof Refused && problem.status === 401 ? "signed-out" : "off";
    if (app.line === "off") (await navigator.serviceWorker?.ready)?.sync?.register("floor").catch(() => {});
  }
  const refusedBefore = app.rows.filter((row) => row.state === "refused").length;
  await load();
  app.clockOff = await store.note("clock_off");
  const refused = app.rows.filter((row) => row.state === "refused").length;
  if (refused > refusedBefore) {
    navigator.vibrate?.([80, 60, 80]);
    app.tab = "outbox";
    app.opened = null;
  }
  if (me.role === "courier" && app.line === "good") await store.keepDoorstepsOf(new Set(app.found.on_board.map((each) => each.parcel_id)));
  if (!document.querySelector("dialog[open]")) show();
}

const TABS = {
  floor: [["tasks", _("To make"), "list-checks", () => app.tasks().length], ["counter", _("Counter"), "store", () => app.waiting().length], ["outbox", _("Outbox"), "send", () => app.rows.filter((row) => row.state !== "sent").length]],
  courier: [["board", _("On board"), "truck", () => app.road().on_board.length], ["toLoad", _("To load"), "package-search", () => app.road().to_load.length], ["outbox", _("Outbox"), "send", () => app.rows.filter((row) => row.state !== "sent").length]],
};
const VIEWS = { tasks: tasks.list, counter: counter.list, outbox: outbox.list, board: road.board, toLoad: road.toLoad };

function show() {
  const tabs = TABS[me.role];
  app.tab ??= tabs[0][0];
  const open = app.opened && app.tasks().find((task) => task.parcel_id === app.opened);
  if (app.opened && !open) app.opened = null;
  const view = app.tab === "tasks" && open ? tasks.one(app, open) : VIEWS[app.tab](app);
  main.replaceChildren(...notes(), view);
  document.getElementById("tabs").replaceChildren(...tabs.map(([name, text, mark, count]) => tab(name, text, mark, count())));
  document.getElementById("line").replaceChildren(...lineSaid());
  document.getElementById("line").dataset.line = app.line;
  const node = me.nodes.find((each) => each.id === app.node);
  document.getElementById("place").textContent = node ? node.name : me.role === "courier" ? _("Deliveries") : _("Choose a place");
}

function tab(name, text, mark, count) {
  const refused = name === "outbox" && app.rows.some((row) => row.state === "refused");
  const press = () => { app.tab = name; app.opened = null; show(); };
  return h("button", { type: "button", onclick: press, "aria-current": app.tab === name ? "page" : null, "data-tab": name },
    icon(mark), h("span", {}, text), count > 0 && h("b", { class: refused ? "red" : "" }, count));
}

function notes() {
  const waiting = app.rows.filter((row) => row.state === "waiting").length;
  return [
    app.line === "signed-out" && alert(_("You are signed out"), _("What was done and not sent (%(n)s) stays on this device until you sign in again.", { n: waiting }), "amber", "lock", h("a.button.small", { href: "/sign-in" }, _("Sign in"))),
    app.clockOff && alert(_("This device's clock is wrong"), _("Times are told by the tower's clock. Set the device's clock when you can."), "amber", "clock"),
    !app.found.at && app.line === "off" && alert(_("No line"), _("The list comes when the line is back. It stays on the device from then on."), "plain", "wifi-off"),
  ].filter(Boolean);
}

function lineSaid() {
  const waiting = app.rows.filter((row) => row.state === "waiting").length + app.photos.filter((photo) => !photo.answer).length;
  const said = app.line === "good" ? _("Online") : _("Offline");
  return [icon(app.line === "good" ? "wifi" : "wifi-off"), h("span", {}, waiting ? _("%(said)s, %(n)s kept", { said, n: waiting }) : said)];
}

function scanned(code) {
  if (code.kind === "wrong") toast(_("A digit was lost: scan it again."), "circle-alert");
  else if (!(me.role === "courier" ? road.scanned(app, code) : counter.scanned(app, code) || tasks.scanned(app, code))) toast(_("Nothing here has this code."), "circle-alert");
  return !app.opened;
}

// What the page is made of, so that it comes without a line the next time.
async function stay() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/floor/worker.js", { scope: "/floor" });
  const { active } = await navigator.serviceWorker.ready;
  const made = performance.getEntriesByType("resource").map((each) => each.name).filter((url) => new URL(url).pathname.startsWith("/assets/"));
  active.postMessage({ kind: "keep", urls: ["/floor", "/floor/app.webmanifest", me.icons, me.scanner, ...made] });
  await navigator.storage?.persist?.();
}

async function start() {
  await store.putNote("me", me.who);
  clock.remember(await store.note("offset"));
  app.counts = (await store.note("counts")) ?? {};
  await load();
  const known = await store.note("node");
  const node = me.nodes.some((each) => each.id === known) ? known : me.nodes.length === 1 ? me.nodes[0].id : null;
  if (me.role === "courier") app.found = { ...EMPTY, ...(await store.list("road")) };
  else if (node) Object.assign(app, { node, found: { ...EMPTY, ...(await store.list(`node/${node}`)) } });
  show();
  if (me.role === "floor" && !app.node) tasks.chooseNode(app);
  document.getElementById("scan").addEventListener("click", () => camera(scanned));
  document.getElementById("place").addEventListener("click", () => me.nodes.length > 1 && tasks.chooseNode(app));
  document.getElementById("leave").addEventListener("submit", leave);
  listen(scanned);
  for (const event of ["online", "focus"]) addEventListener(event, sync);
  addEventListener("offline", () => { app.line = "off"; show(); });
  setInterval(sync, EVERY_MS);
  setInterval(tick, TICK_MS);
  await sync();
  stay().catch(() => {});
}

function tick() {
  for (const each of document.querySelectorAll("[data-due]")) each.textContent = left(each.dataset.due).text;
}

async function leave(event) {
  event.preventDefault();
  await sync();
  await store.leave();
  event.target.submit();
}

start();
