// A scene's page: its lines as they are told, the shopper's phone, the places on a small map, the verdict.
import { Korea } from "./korea.js";
import { language, say, timeOf } from "./words.js";

const play = document.getElementById("main");
const list = document.getElementById("lines");
const roles = (role) => ({ shopper: { size: 13, colour: "indigo" }, source: { size: 15, colour: "jade" }, closed: { size: 11, colour: "idle" }, down: { size: 15, colour: "red" } })[role] ?? { size: 11, colour: "amber-dot" };
const points = new Map();
let korea = null, drawing = null, verdict = false;

if (play.dataset.state !== "idle") follow();

function follow() {
  if (play.dataset.state === "plays") waiting(true);
  const source = new EventSource(`/tower/scenes/${play.dataset.scene}/live`);
  source.addEventListener("line", ({ data }) => {
    waiting(false);
    tell(JSON.parse(data));
  });
  source.addEventListener("over", ({ data }) => {
    source.close();
    waiting(false);
    if (!verdict) judge(data === "0", data === "0" ? say("holds") : say("broke_off"));
    const button = document.getElementById("play");
    button.disabled = false;
    button.querySelector("span").textContent = say("play_again");
  });
}

function waiting(on) {
  document.getElementById("waiting")?.remove();
  if (on) list.append(item({ kind: "step", text: say("setting_up"), id: "waiting" }));
}

function item({ kind, text, at, id, fails }) {
  const element = document.createElement("li");
  element.className = fails ? `${kind} fails` : kind;
  if (id) element.id = id;
  const time = document.createElement("time"), mark = document.createElement("i"), words = document.createElement("p");
  time.textContent = at ? timeOf(Date.parse(at)) : "";
  mark.ariaHidden = "true";
  words.textContent = text;
  element.append(time, mark, words);
  return element;
}

function tell(line) {
  const text = line[language] ?? line.ko;
  const fails = line.facts?.holds === false;
  // A message stands whole on the phone; the story has its first line.
  const told = line.kind === "message" ? text.split(" / ")[0] : text;
  list.append(item({ kind: line.kind, text: told, at: line.at, fails }));
  if (line.kind === "message") ring(text, line.at);
  if (line.kind === "end") judge(!fails, fails ? say("fails") : say("holds"));
  for (const point of line.facts?.points ?? []) {
    points.set(`${point.lat}/${point.lon}`, { ...point, name: point[`name_${language}`] ?? point.name_ko });
  }
  if (line.facts?.points) showPlaces();
}

function ring(text, at) {
  document.getElementById("phone").hidden = false;
  const message = document.createElement("li"), time = document.createElement("time");
  time.textContent = timeOf(Date.parse(at));
  message.append(text.replaceAll(" / ", "\n"), time);
  document.getElementById("messages").append(message);
}

function judge(holds, words) {
  verdict = true;
  const box = document.getElementById("verdict");
  box.hidden = false;
  box.textContent = words;
  box.classList.toggle("fails", !holds);
}

async function showPlaces() {
  const holder = document.getElementById("map");
  holder.hidden = false;
  drawing ??= new Korea(holder).draw(true);
  korea = await drawing;
  korea.points([...points.values()], roles);
}

addEventListener("themed", () => {
  korea?.themed();
  if (korea) showPlaces();
});
