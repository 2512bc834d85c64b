// What was done and is not known to the tower yet. Nothing here touches the page, the line or the disk: rows come in and
// rows go out, so that every kind of failure can be tried thousands of times.
//
// A row is { seq, action, state, tries, not_before, answer }. It is on the disk before the person sees it as done. When the
// tower has said that it took effect, now or at an earlier try, it is `sent`, and goes with the first list that was asked
// for after that: an older list does not know of it. One that is `refused` stays until somebody has read why.

export const BATCH_MOST = 50;
const WAIT_MS = [2_000, 4_000, 8_000, 15_000, 30_000, 60_000];

export const fresh = (action) => ({ action, state: "waiting", tries: 0, not_before: 0, answer: null });

// What an action is about: later ones about the same are not sent before it, and are undone with it.
const about = (action) => action.parcel_id ?? action.sscc;

// The rows to send now, in the order in which they were done. What belongs to somebody else waits for them.
export function next(rows, me, now, most = BATCH_MOST) {
  const held = new Set();
  const batch = [];
  for (const row of rows) {
    if (row.state !== "waiting" || held.has(about(row.action))) continue;
    if (row.action.done_by !== me || rests(row, now) || batch.length === most) held.add(about(row.action));
    else batch.push(row);
  }
  return batch;
}

// A device's clock may have been set back since a row was told to wait: nothing waits longer than the longest wait.
const rests = (row, now) => row.not_before > now && row.not_before <= now + WAIT_MS.at(-1);

// What the tower's answers make of the rows: those to write. A row without an answer stays as it is.
//   rows     all that are on the device, by seq
//   sent     the batch, as `next` gave it
//   answers  { index, result, ... }
export function settle(rows, sent, answers, now) {
  const put = new Map();
  const refuse = (row, answer) => put.set(row.seq, { ...row, state: "refused", answer });
  for (const answer of answers) {
    const row = sent[answer.index];
    if (!row || put.has(row.seq)) continue;
    if (answer.result === "done" || answer.result === "already") put.set(row.seq, { ...row, state: "sent" });
    if (answer.result === "later") put.set(row.seq, { ...row, tries: row.tries + 1, not_before: now + wait(row.tries) });
    if (answer.result === "conflict") {
      refuse(row, answer);
      for (const later of rows) {
        const follows = later.seq > row.seq && later.state === "waiting" && about(later.action) === about(row.action);
        if (follows) refuse(later, { ...answer, code: "followed-conflict" });
      }
    }
  }
  return [...put.values()];
}

const wait = (tries) => WAIT_MS[Math.min(tries, WAIT_MS.length - 1)];

// Rows that a list knows of, if it was asked for when these rows stood so.
//   node  whose list it is; undefined of a courier's
export const known = (rows, node) => rows.filter((row) => row.state === "sent" && row.action.node_id === node).map((row) => row.seq);

// How the lists will look when all that waits has taken effect.
const counts = (row) => row.state === "waiting" || row.state === "sent";
const THEN = { pick: "picked", pack: "packed", hand_over: "handed_over" };
const NEXT = { waiting: "pick", picked: "pack", packed: "hand_over" };

export function expected(tasks, rows) {
  const byParcel = new Map(tasks.map((task) => [task.parcel_id, task]));
  for (const { action, state } of rows.filter(counts)) {
    const task = byParcel.get(action.parcel_id);
    if (!task || !(action.kind in THEN)) continue;
    const found = action.found;
    const nothing = found && !Object.values(found).some((units) => units > 0);
    const lines = found ? task.lines.map((line) => ({ ...line, found: found[line.reservation_id] })) : task.lines;
    byParcel.set(task.parcel_id, { ...task, lines, state: nothing ? "cancelled" : THEN[action.kind], kept: state === "waiting" });
  }
  return [...byParcel.values()].filter((task) => task.state !== "handed_over" && task.state !== "cancelled");
}

// Whether the lists, as they will look, still ask for what is about to be kept: another page may have been faster, or a
// glove have pressed twice.
export function asked(found, rows, { kind, parcel_id, sscc }) {
  const task = () => expected(found.tasks, rows).find((each) => each.parcel_id === parcel_id);
  if (kind in THEN) return NEXT[task()?.state] === kind;
  const has = (list) => list.some((each) => each.parcel_id === parcel_id);
  if (kind === "collect") return has(atCounter(found.counter, rows));
  const { on_board, to_load } = onRoad(found, rows);
  if (kind === "load") return sscc ? !rows.some((row) => counts(row) && row.action.sscc === sscc) : has(to_load);
  return has(on_board);
}

export function atCounter(counter, rows) {
  const gone = new Set(rows.filter((row) => counts(row) && row.action.kind === "collect").map((row) => row.action.parcel_id));
  return counter.filter((each) => !gone.has(each.parcel_id));
}

export function onRoad(road, rows) {
  const board = new Map(road.on_board.map((each) => [each.parcel_id, each]));
  const free = new Map(road.to_load.map((each) => [each.parcel_id, each]));
  const labels = [];
  for (const { action, state } of rows.filter(counts)) {
    const kept = state === "waiting";
    const known = board.get(action.parcel_id) ?? free.get(action.parcel_id);
    if (action.kind === "load" && known) board.set(known.parcel_id, { ...known, state: "out_for_delivery", kept });
    if (action.kind === "load" && !known && kept) labels.push(action.sscc);
    if (action.kind === "fail" && known) board.set(known.parcel_id, { ...known, state: "attempt_fail", kept });
    if (action.kind === "deliver") board.delete(action.parcel_id);
    free.delete(action.parcel_id);
  }
  return { on_board: [...board.values()], to_load: [...free.values()], labels };
}
