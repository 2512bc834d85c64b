// The line to the tower: sends what was done, in order, until the tower has said what became of it; fetches the lists.
import * as clock from "./clock.js";
import { BATCH_MOST, known, next, settle } from "./queue.js";
import * as store from "./store.js";

const PATIENCE_MS = 20_000;
const LOCK = "sangdan-floor";
const PHOTOS = "sangdan-floor-photos";
const JSON_TYPE = { "content-type": "application/json" };

// The tower answered, and the answer is no; what it says is in the person's language.
export class Refused extends Error {
  constructor(status, { code = "", title = "", detail = "" }) {
    super(detail || title);
    Object.assign(this, { status, code, title });
  }
}

//   me  who opened the app: the tower refuses what another person's session asks in their name
async function ask(me, path, options = {}) {
  const headers = { ...options.headers, "x-sangdan-opened-by": encodeURIComponent(me) };
  const answer = await fetch(path, { ...options, headers, signal: AbortSignal.timeout(PATIENCE_MS), redirect: "error", cache: "no-store" });
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

// Sends all actions that can be sent; of several pages and the worker one at a time.
//   me  who is signed in
export function flush(me) {
  return navigator.locks.request(LOCK, async () => {
    for (;;) {
      const all = await store.rows();
      const batch = next(all, me, Date.now());
      if (!batch.length) break;
      const told = await send(me, batch);
      await store.write(settle(await store.rows(), batch, told.answers, Date.now()));
      if (batch.length < BATCH_MOST && told.answers.some((answer) => answer.result === "later")) break;
    }
  });
}

async function send(me, batch) {
  const body = JSON.stringify({ device_now: new Date().toISOString(), actions: batch.map((row) => row.action) });
  const told = await (await ask(me, "/floor/actions", { method: "POST", headers: JSON_TYPE, body })).json();
  await store.putNote("offset", clock.heard(told.at));
  await store.putNote("clock_off", told.clock_off);
  return told;
}

// A photo may come long after the word that it proves; its id is in both. Where they are kept may be away when all else
// goes well: then this fails, and nothing else does.
export function sendPhotos(me) {
  return navigator.locks.request(PHOTOS, async () => {
    for (const photo of await store.photos()) {
      if (photo.answer || photo.done_by !== me) continue;
      try {
        await ask(me, `/floor/photos/${photo.photo_id}`, { method: "POST", body: photo.body });
        await store.dropPhoto(photo.photo_id);
      } catch (problem) {
        if (!(problem instanceof Refused) || ![409, 413, 422].includes(problem.status)) throw problem;
        await store.refusePhoto(photo, problem.message);
      }
    }
  });
}

// A list as the tower has it now; it stays on the device.
//   node  whose it is; undefined of a courier's
export async function fetchList(me, name, path, node) {
  const before = known(await store.rows(), node);
  const found = await (await ask(me, path)).json();
  await store.putNote("offset", clock.heard(found.at));
  await store.putList(name, found, before);
}

export async function fetchDoorstep(me, id, keep) {
  const found = await (await ask(me, `/floor/doorsteps/${id}`)).json();
  if (keep) await store.putDoorstep(id, found);
  return found;
}
