// Lists filter in place: each change asks the server for the list alone, and the address follows, so that it can be shared.
import { _, count } from "../page/words.js";
import { watch } from "./room.js";

const WAIT_MS = 250;
const form = document.querySelector("form[data-list]");
const list = form && document.getElementById(form.dataset.list);
let asked = null;
let waiting = 0;

// A page's address without what is empty.
function address() {
  const filled = [...new FormData(form)].filter(([, text]) => text !== "");
  const query = new URLSearchParams(filled);
  const order = new URLSearchParams(list.querySelector("[data-query]")?.dataset.query).get("order");
  if (order) query.set("order", order);
  return `${form.getAttribute("action")}?${query}`;
}

async function show(url) {
  asked?.abort();
  asked = new AbortController();
  list.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { headers: { "hx-request": "true", accept: "text/html" }, signal: asked.signal });
    if (answer.redirected || answer.headers.has("hx-redirect")) return location.assign(url);
    list.innerHTML = await answer.text();
    watch(list);
    tally();
    history.replaceState(null, "", url);
    follow();
  } catch (reason) {
    if (reason.name !== "AbortError") location.assign(url);
    return;
  }
  list.removeAttribute("aria-busy");
}

// What stands outside of the list speaks of the view too: exports, the views that are saved, the one that would be.
function follow() {
  const query = list.querySelector("[data-query]")?.dataset.query ?? "";
  for (const link of document.querySelectorAll("[data-export]")) {
    link.href = `${form.getAttribute("action")}/export?format=${link.dataset.export}&${query}`;
  }
  const saved = document.querySelector("input[data-query]");
  if (saved) saved.value = query;
  const whole = [...new FormData(form)].every(([, text]) => text === "");
  const clear = form.querySelector(".clear");
  if (clear) clear.hidden = whole;
  for (const link of document.querySelectorAll(".views a")) {
    const kept = new URL(link.href).search.slice(1);
    link.setAttribute("aria-current", String(kept ? kept === query : whole));
  }
}

function tally() {
  const told = list.querySelector("[data-chosen]");
  const chosen = list.querySelectorAll("tbody :checked").length;
  for (const button of list.querySelectorAll(".bulk .button")) button.disabled = !chosen;
  if (told) told.textContent = chosen ? _("%(n)s chosen", { n: count(chosen) }) : _("Choose rows to work on");
}

form?.querySelector("[data-unfold]")?.addEventListener("click", ({ currentTarget }) => {
  currentTarget.setAttribute("aria-expanded", form.classList.toggle("unfolded"));
});

if (form && list) {
  addEventListener("pageshow", tally); // going back, what was chosen is chosen again
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(address());
  });
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => show(address()), event.target.type === "search" ? WAIT_MS : 0);
  });
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-in-place]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link.getAttribute("href"));
  });
  list.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) {
      for (const box of list.querySelectorAll("tbody input[name=id]")) box.checked = event.target.checked;
    }
    tally();
  });
}
