// The desk: lists that filter in place, and the keyboard.
import "./lists.js";
import "./keys.js";
import "./running.js";
import "./sent.js";

document.documentElement.classList.add("scripted");

// What opens over the page closes when one clicks elsewhere, or presses Escape.
const opened = () => [...document.querySelectorAll("details.drop[open], details.menu[open]")];
document.addEventListener("click", (event) => {
  for (const each of opened()) if (!each.contains(event.target)) each.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const each of opened()) {
    each.open = false;
    each.querySelector("summary").focus();
  }
});
