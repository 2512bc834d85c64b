// The floor app: what is kept on the device, the line to the tower, and the page between them.
import { _ } from "../page/words.js";
import * as clock from "./clock.js";
import * as counter from "./counter.js";
import { alert, h, icon, toast, who as me } from "./dom.js";
import { leave } from "./leave.js";
import { fetchDoorstep, fetchList, flush, Refused, sendPhotos } from "./line.js";
import { lineSaid, notes } from "./notes.js";
import * as outbox from "./outbox.js";
import { steady } from "./press.js";
import { asked, atCounter, expected, fresh, onRoad } from "./queue.js";
import * as road from "./road.js";
import { callOf, left } from "./saying.js";
import { camera, listen, reader } from "./scan.js";
import * as store from "./store.js";
import * as tasks from "./tasks.js";

const EVERY_MS = 12_000;
const TICK_MS = 10_000;
// So long after a step its place takes no press: a glove that presses twice has not packed what it picked.
const REST_MS = 600;
const EMPTY = { tasks: [], counter: [], goods: {}, on_board: [], to_load: [] };
const UNKNOWN = { name_ko: "?", name_en: "?", gtin: null, temperature: "ambient", age_limit: 0, options: [] };
const main = document.getElementById("main");

const app = {
  me, node: null, tab: null, opened: null, sought: "", rows: [], photos: [], found: EMPTY, counts: {}, clockOff: false, full: false, doorsteps: new Map(),
  keeping: Promise.resolve(), restsUntil: 0, line: navigator.onLine ? "good" : "off", // good, off, signed-out, other, refused
  said: "", // by the tower, of why it refuses

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
    await store.putNote("counts", app.counts).catch(() => {}); // of a device that is full: they are on the page still
  },

  // Something was done: it is on the disk first, then on the page, then at the tower. A second press is none.
  async act(what, thenOpen, photo = null) {
    const mine = app.keeping.then(async () => {
      await load();
      if (asked(app.found, app.rows, what)) return app.keep(what, photo);
      if (performance.now() > app.restsUntil) toast(_("This was done already."), "circle-alert");
      return false;
    });
    app.keeping = mine.catch(() => false);
    if (!(await mine)) return show();
    app.restsUntil = performance.now() + REST_MS;
    app.open(thenOpen);
    toast(app.line === "good" ? _("Done") : _("Kept on this device, sent when the line is back"), app.line === "good" ? "check" : "cloud-off");
    others.postMessage("kept");
    workerSends().catch(() => {}); // in case the page is closed before all is sent
    return sync();
  },

  // Gives whether it is on the disk.
  async keep(what, photo) {
    const at_node = me.role === "floor" ? { node_id: app.node } : {};
    const action = { ...what, ...at_node, key: crypto.randomUUID(), device_at: new Date().toISOString(), offset_ms: clock.offset(), done_by: me.who };
    const row = { ...fresh(action), call: named(what) };
    try {
      await store.keep(row, photo);
    } catch {
      toast(_("The device has no room to keep this: free some space, then do it again."), "circle-alert");
      return false;
    }
    delete app.counts[what.parcel_id];
    await Promise.all([load(), store.putNote("counts", app.counts).catch(() => {})]);
    return true;
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
      const asked = (async () => (keep && (await store.doorstep(parcel))) || fetchDoorstep(me.who, parcel, keep))();
      asked.catch((problem) => problem.status !== 404 && app.doorsteps.delete(parcel));
      app.doorsteps.set(parcel, asked);
    }
    return app.doorsteps.get(parcel);
  },

  async work(node) {
    Object.assign(app, { node, opened: null });
    await Promise.all([load(), store.putNote("node", node)]);
    show();
    sync();
  },
};

function named(what) {
  const all = [...app.found.tasks, ...app.found.counter, ...app.found.on_board, ...app.found.to_load];
  const known = all.find((each) => each.parcel_id === what.parcel_id);
  return known ? `#${callOf(known)}` : (what.sscc ?? "");
}

const listName = () => (me.role === "courier" ? "road" : `node/${app.node}`);

async function load() {
  const [{ found, rows }, photos] = await Promise.all([store.both(listName()), store.photos()]);
  Object.assign(app, { rows, photos, found: { ...EMPTY, ...found } });
}

// What another page of the app, or the worker, kept or sent.
const others = new BroadcastChannel("sangdan-floor");
others.onmessage = async () => {
  await refresh();
  if (!inUse()) show();
};

const refused = () => outbox.toRead(app).length;

async function refresh() {
  const before = refused();
  await load();
  if (refused() <= before) return;
  navigator.vibrate?.([80, 60, 80]);
  Object.assign(app, { tab: "outbox", opened: null });
}

// A list that comes by itself waits until nobody is in the middle of something.
const inUse = () => document.querySelector("dialog[open]") || main.querySelector("input:focus");

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
    if (me.role === "courier") await fetchList(me.who, listName(), "/floor/road.json");
    else if (app.node) await fetchList(me.who, listName(), `/floor/tasks.json?node=${encodeURIComponent(app.node)}`, app.node);
    Object.assign(app, { line: "good", full: false });
    photosGo();
  } catch (problem) {
    app.full = problem.name === "QuotaExceededError";
    if (!app.full) Object.assign(app, { line: lineOf(problem), said: problem.message });
    if (app.line === "off") workerSends().catch(() => {});
  }
  await refresh();
  app.clockOff = await store.note("clock_off");
  if (me.role === "courier" && app.line === "good") await store.keepDoorstepsOf(new Set(app.found.on_board.map((each) => each.parcel_id)));
  others.postMessage("sent");
  if (!inUse()) show();
}

// One at a time, and behind everything else: a photo is large, and its store may be away.
let going = false;
async function photosGo() {
  if (going || !app.photos.some((photo) => !photo.answer)) return;
  going = true;
  await sendPhotos(me.who).catch(() => workerSends()).catch(() => {});
  going = false;
  await refresh();
  if (!inUse()) show();
}

function lineOf(problem) {
  if (!(problem instanceof Refused) || problem.status >= 500) return "off";
  if (problem.code === "somebody-else") return "other";
  return problem.status === 401 ? "signed-out" : "refused";
}

// Nothing waits for this: where no worker was registered yet, there is none to come.
async function workerSends() {
  const worker = await navigator.serviceWorker?.getRegistration("/floor");
  await worker?.sync?.register("floor");
}

const TABS = {
  floor: [["tasks", _("To make"), "list-checks", () => app.tasks().length], ["counter", _("Counter"), "store", () => app.waiting().length], ["outbox", _("Outbox"), "send", () => outbox.told(app)]],
  courier: [["board", _("On board"), "truck", () => app.road().on_board.length], ["toLoad", _("To load"), "package-search", () => app.road().to_load.length], ["outbox", _("Outbox"), "send", () => outbox.told(app)]],
};
const VIEWS = { tasks: tasks.list, counter: counter.list, outbox: outbox.list, board: road.board, toLoad: road.toLoad };

const show = steady(draw);
function draw() {
  const tabs = TABS[me.role];
  app.tab ??= tabs[0][0];
  const open = app.opened && app.tasks().find((task) => task.parcel_id === app.opened);
  if (app.opened && !open) app.opened = null;
  const view = app.tab === "tasks" && open ? tasks.one(app, open) : VIEWS[app.tab](app);
  const pressed = pressables().indexOf(document.activeElement);
  main.replaceChildren(...notes(app), view);
  pressables()[pressed]?.focus({ preventScroll: true });
  rest(main.querySelector("footer.do"));
  document.getElementById("tabs").replaceChildren(...tabs.map(([name, text, mark, count]) => tab(name, text, mark, count())));
  document.getElementById("line").replaceChildren(...lineSaid(app));
  document.getElementById("line").dataset.line = app.line;
  const node = me.nodes.find((each) => each.id === app.node);
  document.getElementById("place").textContent = node ? node.name : me.role === "courier" ? _("Deliveries") : _("Choose a place");
}

const pressables = () => [...main.querySelectorAll("button, input, a")];

function rest(footer) {
  const wait = app.restsUntil - performance.now();
  if (!footer || wait <= 0) return;
  footer.inert = true;
  setTimeout(() => { footer.inert = false; }, wait);
}

function tab(name, text, mark, count) {
  const press = () => { app.tab = name; app.opened = null; show(); };
  return h("button", { type: "button", onclick: press, "aria-current": app.tab === name ? "page" : null, "data-tab": name },
    icon(mark), h("span", {}, text), count > 0 && h("b", { class: name === "outbox" && refused() ? "red" : "" }, count));
}

// Gives whether that was all: until then the camera stays open.
function scanned(code) {
  const used = code.kind !== "wrong" && (me.role === "courier" ? road.scanned(app, code) : counter.scanned(app, code) || tasks.scanned(app, code));
  if (!used) toast(code.kind === "wrong" ? _("A digit was lost: scan it again.") : _("Nothing here has this code."), "circle-alert");
  const open = app.tasks().find((task) => task.parcel_id === app.opened);
  return used && me.role !== "courier" && !(open && !tasks.complete(app, open));
}

// What the page is made of, so that it comes without a line the next time.
async function stay() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/floor/worker.js", { scope: "/floor" });
  const { active } = await navigator.serviceWorker.ready;
  await reader().catch(() => {});
  const made = performance.getEntriesByType("resource").map((each) => each.name).filter((url) => new URL(url).pathname.startsWith("/assets/"));
  active.postMessage({ kind: "keep", urls: ["/floor/app.webmanifest", me.icons, me.scanner, ...made] });
}

async function start() {
  navigator.storage?.persist?.().catch(() => {}); // a browser that has little room deletes what it was not asked to keep
  store.whenGone(() => location.reload());
  if ((await store.note("me")) !== me.who) await store.leave();
  await store.putNote("me", me.who);
  clock.remember(await store.note("offset"));
  app.counts = (await store.note("counts")) ?? {};
  const known = await store.note("node");
  app.node = me.nodes.some((each) => each.id === known) ? known : me.nodes.length === 1 ? me.nodes[0].id : null;
  await load();
  show();
  if (me.role === "floor" && !app.node) tasks.chooseNode(app);
  document.getElementById("scan").addEventListener("click", () => camera(scanned));
  document.getElementById("place").addEventListener("click", () => me.nodes.length > 1 && tasks.chooseNode(app));
  document.getElementById("leave").addEventListener("submit", (event) => leave(app, sync, event));
  listen(scanned);
  for (const event of ["online", "focus"]) addEventListener(event, look);
  addEventListener("offline", () => { app.line = "off"; show(); });
  setInterval(look, EVERY_MS);
  setInterval(tick, TICK_MS);
  await sync();
  stay().catch(() => {});
}

// A store that was taken from us, or a page that is being left, is no news.
const look = () => sync().catch(() => {});

function tick() {
  for (const each of document.querySelectorAll("[data-due]")) each.textContent = left(each.dataset.due).text;
}

function broken(problem) {
  for (const id of ["place", "line", "scan"]) document.getElementById(id).hidden = true;
  main.replaceChildren(problem?.name === "VersionError"
    ? alert(_("A newer app belongs here"), _("Open the app again when there is a line. What was done on this device is kept."), "amber", "refresh-cw")
    : alert(_("Nothing can be kept on this device"), _("The app could not open its store. Close private windows, free some space, then open it again."), "red", "circle-alert"));
}

start().catch(broken);
