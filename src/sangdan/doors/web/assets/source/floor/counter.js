// The pickup desk: what waits behind the counter, and handing it to the shopper who has its code.
import { _ } from "../page/words.js";
import { alert, button, h, icon, nothing, sheet } from "./dom.js";
import { callOf, nameOf, since } from "./saying.js";

const CODE = /^[0-9]{6}$/;

export function list(app) {
  const waiting = app.waiting();
  if (!waiting.length) return nothing(_("Nothing waits behind the counter"), _("What is packed for pickup comes here."), "store");
  const search = h("input.input", { type: "search", placeholder: _("Order number or goods"), "aria-label": _("Search"), value: app.sought, oninput: (event) => show(event.target.value) });
  const cards = h("ul.cards", {});
  const show = (text) => {
    app.sought = text;
    const wanted = plain(text.trim());
    const found = waiting.filter((each) => !wanted || plain(`${callOf(each)} ${goodsOf(app, each)}`).includes(wanted));
    cards.replaceChildren(...found.map((each) => h("li", {}, card(app, each))));
  };
  show(app.sought);
  return h("section", {}, h("div.seek", {}, search), cards);
}

const plain = (text) => text.toUpperCase().replaceAll("-", "");

const goodsOf = (app, each) => each.lines.map((line) => `${nameOf(app.goods(line.sku))} × ${line.found ?? line.units}`).join(", ");

const card = (app, each) => h("button.job", { type: "button", onclick: () => handOut(app, each), "data-parcel": each.parcel_id },
  h("span.left", {}, h("b", {}, `#${callOf(each).slice(-4)}`), h("small", {}, _("since %(time)s", { time: since(each.since) }))),
  h("span.what", {}, h("b", {}, goodsOf(app, each)), h("small", {}, `#${callOf(each)}`)),
  icon("chevron-right"));

// Whether a code is the parcel's, told without a line; the tower says it again.
async function fits(each, code) {
  const plain = code.split(":").at(-1);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${each.parcel_id}:${plain}`));
  const hex = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.startsWith(each.hint);
}

function handOut(app, each, scanned = "") {
  const age = Math.max(0, ...each.lines.map((line) => app.goods(line.sku).age_limit));
  const wrong = h("p.wrong", { role: "alert", hidden: true });
  const code = h("input.input.code", { id: "code", inputmode: "numeric", maxlength: 7, autocomplete: "off", placeholder: "000000", value: scanned.split(":").at(-1) });
  const old = h("input", { type: "checkbox", id: "of-age" });
  const tell = (text) => { wrong.textContent = text; wrong.hidden = false; };
  const give = async (told) => {
    if (age && !old.checked) return tell(_("Look at their papers first: this is for %(age)s years and older.", { age }));
    if (told !== null && !(await fits(each, told))) return tell(_("This is not the code of this parcel."));
    box.close();
    return app.act({ kind: "collect", parcel_id: each.parcel_id, code: told, of_age: old.checked }, null);
  };
  const typed = () => {
    const digits = code.value.replace(/\D/g, "");
    return CODE.test(digits) ? give(scanned.endsWith(digits) ? scanned || digits : digits) : tell(_("The code has six digits."));
  };
  const papers = button(_("No code"), { kind: "quiet wide", onclick: () => papers.replaceWith(sure) });
  const sure = button(_("Papers checked, hand it over"), { kind: "danger wide", mark: "user-check", onclick: () => give(null), "data-do": "papers" });
  const whose = h("p.quiet", {}, "");
  const box = sheet(_("Hand out #%(order)s", { order: callOf(each) }),
    h("ul.plain-list", {}, each.lines.map((line) => h("li", {}, app.picture(app.goods(line.sku)), h("span", {}, nameOf(app.goods(line.sku))), h("b", {}, `× ${line.found ?? line.units}`)))),
    whose,
    age > 0 && h("label.check", {}, old, h("span", {}, _("Their papers say %(age)s or older", { age }))),
    h("form.stack", { onsubmit: (event) => { event.preventDefault(); typed(); } },
      h("div.field", {}, h("label", { for: "code" }, _("The shopper's code")), code, wrong),
      button(_("Give it to the shopper"), { kind: "primary large wide", mark: "check", type: "submit", "data-do": "collect" })),
    papers);
  code.focus();
  app.doorstep(each.parcel_id, false).then((found) => { whose.textContent = `${found.name} · ${found.phone}`; }).catch(() => {});
}

// A ticket was scanned; gives whether it was of use.
export function scanned(app, code) {
  if (code.kind !== "ticket") return false;
  const each = app.waiting().find((waiting) => waiting.parcel_id === code.parcel_id);
  if (each) handOut(app, each, code.code);
  else sheet(_("Not here"), alert(_("This parcel is not behind this counter."), _("It was fetched before, it is not packed yet, or it waits at another store."), "amber", "triangle-alert"));
  return true;
}
