// A device and a tower with everything between them that can go wrong, thousands of times: run by test_floor_queue.py.
//   node floor_storm.js FOLDER RUNS SEED      FOLDER: of the floor app's sources
// The disk is a list that survives; memory is lost at a crash; the line loses requests, answers, both, or sends twice and late.
import { pathToFileURL } from "node:url";

const [folder, runs, seed] = process.argv.slice(2);
const { fresh, known, next, settle } = await import(pathToFileURL(`${folder}/queue.js`));

function randomness(start) {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const STEPS = ["pick", "pack", "hand_over"];

// As the tower decides: once by key, in a parcel's order, with a colleague who works on the same parcels.
class Tower {
  constructor(chance) {
    this.chance = chance;
    this.keys = new Map();
    this.at = new Map();
    this.effects = [];
  }

  take(batch) {
    const refused = new Set();
    const held = new Set();
    return batch.map((action, index) => {
      if (this.chance() < 0.02) held.add(action.parcel_id);
      if (held.has(action.parcel_id)) return { index, result: "later" };
      if (refused.has(action.parcel_id)) return { index, result: "conflict", code: "followed-conflict" };
      const result = this.one(action);
      if (result === "conflict") refused.add(action.parcel_id);
      return { index, result };
    });
  }

  one(action) {
    const known = this.keys.get(action.key);
    if (known) return known === "done" ? "already" : known;
    const due = STEPS[this.at.get(action.parcel_id) ?? 0];
    const result = due === action.kind ? "done" : "conflict";
    this.keys.set(action.key, result);
    if (result === "done") this.step(action.parcel_id, action.key);
    return result;
  }

  step(parcel, key) {
    this.at.set(parcel, (this.at.get(parcel) ?? 0) + 1);
    this.effects.push({ parcel, key });
  }
}

class Crash extends Error {}
class NoLine extends Error {}

function story(chance) {
  const tower = new Tower(chance);
  const disk = new Map();
  const seen = []; // what the person was told is kept
  const read = new Set(); // what the person was told is refused
  const touched = new Set(); // by a colleague
  const late = [];
  let seq = 0;
  let now = 0;
  let made = 0;
  const rows = () => [...disk.values()].sort((a, b) => a.seq - b.seq);
  const maybe = (share, Problem) => { if (chance() < share) throw new Problem(); };

  const send = (actions) => {
    const sent = JSON.parse(JSON.stringify(actions));
    maybe(0.2, NoLine); // it never leaves
    if (chance() < 0.15) late.push(sent); // and comes once more, later
    const answers = tower.take(sent);
    maybe(0.2, NoLine); // the answer is lost
    if (chance() < 0.1) tower.take(sent); // sent twice on the way
    return chance() < 0.03 ? answers.slice(0, 1) : answers;
  };
  const write = (changed) => { // one transaction of the disk: all of it or nothing
    maybe(0.05, Crash);
    for (const row of changed) disk.set(row.seq, row);
    maybe(0.05, Crash);
  };
  const sync = () => {
    for (let batch = next(rows(), "kim", now, 1 + Math.floor(chance() * 6)); batch.length; batch = next(rows(), "kim", now, 4)) {
      const answers = send(batch.map((row) => row.action));
      write(settle(rows(), batch, answers, now));
      if (answers.length < batch.length || answers.some((each) => each.result === "later")) break;
    }
  };
  const act = () => {
    const parcel_id = `parcel-${Math.floor(chance() * 8)}`;
    const mine = seen.filter((action) => action.parcel_id === parcel_id).length;
    if (mine >= STEPS.length) return;
    made += 1;
    const action = { kind: STEPS[mine], parcel_id, key: `key-${made}`, done_by: "kim" };
    maybe(0.02, Crash); // before it is kept: the person never saw it as done
    seq += 1;
    disk.set(seq, { ...fresh(action), seq });
    seen.push(action);
    maybe(0.05, Crash);
  };
  const colleague = () => {
    const parcel = `parcel-${Math.floor(chance() * 8)}`;
    if ((tower.at.get(parcel) ?? 0) < STEPS.length) tower.step(parcel, null);
    touched.add(parcel);
  };
  const list = () => { // what took effect goes with the list that knows of it
    const before = known(rows());
    maybe(0.2, NoLine);
    for (const seq of before) disk.delete(seq);
  };
  const later = () => { if (late.length) tower.take(late.splice(Math.floor(chance() * late.length), 1)[0]); };

  let failures = 0;
  for (let turn = 0; turn < 60; turn += 1) {
    now += chance() * 5_000;
    try {
      [act, act, sync, sync, list, later][Math.floor(chance() * 6)]();
      if (chance() < 0.02) colleague();
    } catch (problem) {
      if (!(problem instanceof Crash || problem instanceof NoLine)) throw problem;
      failures += 1;
    }
  }
  for (let turn = 0; rows().some((row) => row.state === "waiting"); turn += 1) { // at last the line is good
    if (turn > 10_000) throw new Error("the queue never runs empty");
    now += 61_000;
    try { sync(); } catch (problem) { if (!(problem instanceof Crash || problem instanceof NoLine)) throw problem; }
  }
  while (late.length) later();
  for (const row of rows()) if (row.state === "refused") read.add(row.action.key);
  check(tower, seen, read, touched);
  return { failures, actions: seen.length, refused: read.size };
}

function check(tower, seen, read, touched) {
  const mine = tower.effects.filter((effect) => effect.key);
  const keys = new Set(mine.map((effect) => effect.key));
  if (keys.size !== mine.length) throw new Error("something was done twice");
  for (const action of seen) {
    if (keys.has(action.key) === read.has(action.key)) throw new Error(`${action.key} was ${read.has(action.key) ? "done and refused" : "lost"}`);
  }
  if (seen.some((action) => read.has(action.key) && !touched.has(action.parcel_id))) throw new Error("something was refused for nothing");
  if (keys.size + read.size !== seen.length) throw new Error("something was done that nobody did");
  for (const parcel of new Set(mine.map((effect) => effect.parcel))) {
    const kinds = mine.filter((effect) => effect.parcel === parcel).map((effect) => STEPS.indexOf(seen.find((action) => action.key === effect.key).kind));
    if (kinds.some((kind, place) => place && kind <= kinds[place - 1])) throw new Error("something was done out of order");
  }
}

const total = { stories: 0, failures: 0, actions: 0, refused: 0 };
for (let run = 0; run < Number(runs); run += 1) {
  const told = story(randomness(Number(seed) + run));
  total.stories += 1;
  for (const [name, count] of Object.entries(told)) total[name] += count;
}
console.log(JSON.stringify(total));
