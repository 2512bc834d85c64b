// The keyboard: / searches, j and k walk the rows, g and a letter goes to a page, ? tells all of that.
const GO_MS = 1200;
let goes = 0;

const typing = (element) => element.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
const rows = () => [...document.querySelectorAll(".rows tbody tr, #risks li")];
const current = () => document.querySelector(":is(.rows tr, #risks li).current");
// A keyboard that writes Hangul says which key it was, but not which letter: then the place of the key counts.
const letter = (event) => (/^[ -~]$/.test(event.key) ? event.key : (event.code ?? "").replace(/^Key/, "").toLowerCase());

function walk(step) {
  const all = rows();
  if (!all.length) return;
  const before = current();
  const place = before ? all.indexOf(before) + step : step > 0 ? 0 : all.length - 1;
  const next = all[Math.min(Math.max(place, 0), all.length - 1)];
  before?.classList.remove("current");
  next.classList.add("current");
  (next.querySelector(".opens") ?? next.querySelector("input, button"))?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

const KEYS = {
  "/": () => (document.querySelector(".filters input[type=search]") ?? document.getElementById("find"))?.focus(),
  j: () => walk(1),
  k: () => walk(-1),
  x: () => current()?.querySelector("input[name=id]")?.click(),
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) return event.target.blur();
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const key = letter(event);
  if (goes > event.timeStamp) {
    goes = 0;
    const place = document.querySelector(`.places a[data-key="${CSS.escape(key)}"]`);
    if (place) {
      event.preventDefault();
      place.click();
    }
    return;
  }
  if (key === "g") {
    goes = event.timeStamp + GO_MS;
  } else if (Object.hasOwn(KEYS, key)) {
    event.preventDefault();
    KEYS[key]();
  }
});
