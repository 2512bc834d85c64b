// What is kept on the device. What was done is flushed to the disk before anybody sees it as done.
import { openDB } from "idb";

const STRICT = { durability: "strict" };

// What makes a device's database of the one before: the newest last, and none is ever changed, for devices stay on any.
const STEPS = [
  (db) => {
    db.createObjectStore("queue", { keyPath: "seq", autoIncrement: true });
    db.createObjectStore("photos", { keyPath: "photo_id" });
    db.createObjectStore("lists");
    db.createObjectStore("notes");
    db.createObjectStore("doorsteps");
  },
];

let opened = null;
let gone = () => {};

// Told when the database was taken from us: a newer app has come, or somebody cleared the device. Nothing can be kept then.
export function whenGone(tell) {
  gone = tell;
}

// Opened when it is first needed, and again after it was taken away.
function database() {
  opened ??= openDB("sangdan-floor", STEPS.length, {
    upgrade: (db, from) => STEPS.slice(from).forEach((step) => step(db)),
    blocking: (_now, _next, event) => {
      event.target.close();
      taken();
    },
    terminated: taken,
  }).catch((problem) => {
    opened = null;
    throw problem;
  });
  return opened;
}

function taken() {
  opened = null;
  gone();
}

// The row, and the photo that belongs to it, are on the disk when this is over: both, or neither.
export async function keep(row, photo = null) {
  const tx = (await database()).transaction(["queue", "photos"], "readwrite", STRICT);
  if (photo) tx.objectStore("photos").put(photo);
  const seq = await tx.objectStore("queue").add(row);
  await tx.done;
  return { ...row, seq };
}

export const rows = async () => (await database()).getAll("queue");

// A list and what was done since, as they belong together.
export async function both(name) {
  const tx = (await database()).transaction(["lists", "queue"]);
  const [found, all] = await Promise.all([tx.objectStore("lists").get(name), tx.objectStore("queue").getAll()]);
  return { found, rows: all };
}

export async function write(changed) {
  const tx = (await database()).transaction("queue", "readwrite", STRICT);
  for (const row of changed) tx.store.put(row);
  await tx.done;
}

export const drop = async (seq) => (await database()).delete("queue", seq);

export const photos = async () => (await database()).getAll("photos");
export const dropPhoto = async (id) => (await database()).delete("photos", id);
export const refusePhoto = async (photo, answer) => (await database()).put("photos", { ...photo, answer });

// A list, in place of the rows that it knows of.
export async function putList(name, found, known) {
  const tx = (await database()).transaction(["lists", "queue"], "readwrite");
  tx.objectStore("lists").put(found, name);
  for (const seq of known) tx.objectStore("queue").delete(seq);
  await tx.done;
}

export const note = async (name) => (await database()).get("notes", name);
export const putNote = async (name, value) => (await database()).put("notes", value, name);

export const doorstep = async (id) => (await database()).get("doorsteps", id);
export const putDoorstep = async (id, found) => (await database()).put("doorsteps", found, id);

// Addresses of parcels that are on board no longer do not stay on the device.
export async function keepDoorstepsOf(ids) {
  const tx = (await database()).transaction("doorsteps", "readwrite");
  for (const id of await tx.store.getAllKeys()) if (!ids.has(id)) tx.store.delete(id);
  await tx.done;
}

// Whoever signs out, or is followed by somebody else, leaves nothing behind but what the tower has not heard yet.
export async function leave() {
  const db = await database();
  await Promise.all(["lists", "notes", "doorsteps"].map((name) => db.clear(name)));
}
