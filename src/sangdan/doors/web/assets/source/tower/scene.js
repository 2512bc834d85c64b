// A scene's page: its lines as they are told, the shopper's phone, the places on a small map, the verdict.
import { Korea } from "./korea.js";
import { _, dayOf, language, timeOf } from "../page/words.js";
import { ROLES } from "./kinds.js";

const play = document.getElementById("main");
const list = document.getElementById("lines");
const COLOURS = { source: "jade", store: "indigo", refuser: "amber-dot", dark: "red" };
const points = new Map();
const began = performance.now();
let korea = null, drawing = null, verdict = false, told = 0, time = "", day = "";

if (play.dataset.state !== "idle") follow();

function follow() {
  const goes = play.dataset.state === "plays" ? setInterval(wait, 1000) : 0;
  if (goes) wait();
  const source = new EventSource(`/tower/scenes/${play.dataset.scene}/live`);
  source.addEventListener("line", ({ data }) => {
    tell(JSON.parse(data));
    if (goes && !verdict) wait();
  });
  source.addEventListener("over", ({ data }) => {
    source.close();
    clearInterval(goes);
    document.getElementById("going")?.remove();
    if (!verdict) judge(data === "0", data === "0" ? _("Every check holds") : _("The scene broke off"));
    const button = document.getElementById("play");
    button.disabled = false;
    button.querySelector("span").textContent = _("Play again");
  });
}

// The last line while it plays: that something happens, and since when.
function wait() {
  const time = lasting((performance.now() - began) / 1000);
  const words = told ? _("It goes on. %(time)s", { time }) : _("Setting the stage. %(time)s", { time });
  const line = document.getElementById("going") ?? item({ kind: "going", id: "going" });
  line.querySelector("p").textContent = words;
  if (verdict) line.remove();
  else if (list.lastChild !== line) list.append(line);
}

function lasting(seconds) {
  const s = Math.floor(seconds % 60), minutes = Math.floor(seconds / 60);
  return minutes ? `${_("%(m)s min", { m: minutes })} ${_("%(s)s s", { s })}` : _("%(s)s s", { s });
}

function item({ kind, text = "", at = "", id, fails }) {
  const element = document.createElement("li");
  element.className = fails ? `${kind} fails` : kind;
  if (id) element.id = id;
  const clock = document.createElement("time"), mark = document.createElement("i"), words = document.createElement("p");
  clock.textContent = at;
  mark.ariaHidden = "true";
  words.textContent = text;
  element.append(clock, mark, words);
  // Only the story is read out, not the seconds that pass.
  if (kind === "going") element.ariaHidden = "true";
  return element;
}

function tell(line) {
  const text = line[language] ?? line.ko;
  const fails = line.facts?.holds === false;
  told += 1;
  date(line.at);
  // A message stands whole on the phone, and the story has its title; a way's reasons stand below it.
  const shown = line.kind === "message" ? (line.facts[`title_${language}`] ?? text.split(" / ")[0]) : text.replace(/^\s*└\s*/, "");
  const kind = line.facts?.reason ? "reason" : line.kind;
  const now = timeOf(Date.parse(line.at));
  list.append(item({ kind, text: shown, at: now === time ? "" : now, fails }));
  time = now;
  if (line.kind === "message") ring(line.facts[`text_${language}`] ?? text.replaceAll(" / ", "\n"), line.at);
  if (line.kind === "end") judge(!fails, fails ? _("The story is not true") : _("Every check holds"));
  for (const point of line.facts?.points ?? []) {
    points.set(`${point.lat}/${point.lon}`, { ...point, name: point[`name_${language}`] ?? point.name_ko });
  }
  if (line.facts?.points) showPlaces();
}

// A line of its own where the story comes to another day.
function date(at) {
  const now = dayOf(Date.parse(at));
  if (now === day) return;
  day = now;
  time = "";
  list.append(item({ kind: "day", text: now }));
}

function ring(text, at) {
  document.getElementById("phone").hidden = false;
  const message = document.createElement("li"), clock = document.createElement("time");
  clock.textContent = timeOf(Date.parse(at));
  message.append(text, clock);
  const messages = document.getElementById("messages");
  messages.append(message);
  messages.scrollTop = messages.scrollHeight;
}

function judge(holds, words) {
  verdict = true;
  const box = document.getElementById("verdict");
  box.hidden = false;
  box.textContent = words;
  box.classList.toggle("fails", !holds);
}

async function showPlaces() {
  document.getElementById("where").hidden = false;
  const places = [...points.values()].map((point) => ({ ...point, colour: COLOURS[point.role] ?? "indigo" }));
  document.getElementById("places").replaceChildren(...places.map((place) => {
    const line = document.createElement("li"), name = document.createElement("b"), role = document.createElement("span");
    line.style.setProperty("--dot", `var(--${place.colour})`);
    name.textContent = place.name;
    role.textContent = ROLES[place.role] ?? "";
    line.append(name, role);
    return line;
  }));
  drawing ??= new Korea(document.getElementById("map")).draw(true);
  korea = await drawing;
  korea.points(places);
}

addEventListener("themed", () => {
  korea?.themed();
  if (korea) showPlaces();
});
