// The desk: lists that filter in place, and the keyboard.
import "./lists.js";
import "./keys.js";
import "./running.js";

document.documentElement.classList.add("scripted");

// What opens over the page closes when one clicks elsewhere.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.drop[open], details.menu[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
