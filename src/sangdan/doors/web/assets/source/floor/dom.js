// Elements, made in one go: h("button.primary", { onclick }, "Text", another). What is null or false is left out.
import { _ } from "../page/words.js";

const me = JSON.parse(document.getElementById("me")?.textContent ?? "{}");
const SVG = "http://www.w3.org/2000/svg";

export const who = me;

export function h(tag, props = {}, ...inside) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name || "div");
  made.classList.add(...classes);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "class") made.classList.add(...value.split(" ").filter(Boolean));
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...inside.flat(2).filter((each) => each !== null && each !== undefined && each !== false));
  return made;
}

export function icon(name, kind = "") {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("class", `icon ${kind}`);
  made.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${me.icons}#${name}`);
  made.append(use);
  return made;
}

// kind: plain, primary, good, danger, quiet, with small or large beside it
export const button = (text, { kind = "plain", mark = null, ...props } = {}) =>
  h("button.button", { type: "button", class: kind, ...props }, mark && icon(mark), h("span", {}, text));

export const badge = (text, tone = "plain", mark = null) => h("span.badge", { class: tone }, mark && icon(mark), text);

export const nothing = (title, text, mark = "package-open") => h("div.nothing", {}, icon(mark), h("h2", {}, title), text && h("p", {}, text));

export const alert = (title, text, tone = "plain", mark = "info", ...more) =>
  h("div.alert", { class: tone, role: tone === "red" ? "alert" : "status" }, icon(mark), h("div", {}, h("b", {}, title), text && h("p", {}, text), more));

let toasts = null;

// A word that goes by itself; the same is said to those who listen.
export function toast(text, mark = "check") {
  toasts ??= h("div.toasts", { "aria-live": "polite" });
  const over = document.querySelector("dialog[open]") ?? document.body; // nothing is seen beside an open dialog
  if (toasts.parentNode !== over) over.append(toasts);
  const said = h("p.toast", {}, icon(mark), h("span", {}, text));
  toasts.replaceChildren(said);
  setTimeout(() => said.remove(), 3500);
}

// A dialog with a heading, in place of the one that is open; gives { close, body, made }.
export function sheet(title, ...inside) {
  const before = document.querySelector("dialog[open]");
  before?.close();
  before?.remove();  // at once: its fields have names that the new one's may have too
  const close = () => made.close();
  const shut = h("button.tool", { type: "button", "aria-label": _("Close"), onclick: close }, icon("x"));
  const body = h("div.inside", {}, inside);
  const made = h("dialog.dialog", { "aria-label": title }, h("header", {}, h("h2", {}, title), shut), body);
  made.addEventListener("close", () => {
    if (made.contains(toasts)) document.body.append(toasts);
    made.remove();
  });
  document.body.append(made);
  made.showModal();
  return { close, body, made };
}
