// What the tower has not heard yet, and what it did not accept: somebody must read the latter.
import { _, timeOf } from "../page/words.js";
import { alert, badge, button, h, icon, nothing } from "./dom.js";
import { KINDS, STATES } from "./saying.js";

// What was not accepted, actions and photos.
export const toRead = (app) => [...app.rows.filter((row) => row.state === "refused"), ...app.photos.filter((photo) => photo.answer)];

// How much the page has to tell.
export const told = (app) => toRead(app).length + app.rows.filter((row) => row.state === "waiting").length;

export function list(app) {
  const refused = app.rows.filter((row) => row.state === "refused");
  const waiting = app.rows.filter((row) => row.state === "waiting");
  const late = app.photos.filter((photo) => !photo.answer).length;
  if (!refused.length && !waiting.length && !app.photos.length) return nothing(_("All is sent"), _("The tower knows everything that was done here."), "circle-check");
  return h("section.outbox", {},
    refused.map((row) => conflict(app, row)),
    app.photos.filter((photo) => photo.answer).map((photo) => alert(_("A photo was not accepted"), photo.answer, "red", "image", button(_("Understood"), { kind: "small", onclick: () => app.dropPhoto(photo.photo_id) }))),
    waiting.length > 0 && h("h2", {}, _("Waiting to be sent")),
    h("ul.sends", {}, waiting.map((row) => h("li", {}, icon(row.tries ? "refresh-cw" : "cloud-off"), h("span", {}, h("b", {}, _(KINDS[row.action.kind])), h("small", {}, `${name(app, row)} · ${timeOf(Date.parse(row.action.device_at))}`)), whose(app, row)))),
    late > 0 && h("p.quiet", {}, _("Photos that wait for a good line: %(n)s", { n: late })));
}

const whose = (app, row) => row.action.done_by !== app.me.who && badge(_("waits until %(who)s signs in", { who: row.action.done_by }), "amber", "lock");

const name = (app, row) => row.call ?? row.action.sscc ?? "";

function conflict(app, row) {
  const { title, text, now = {}, code } = row.answer;
  const state = now.state && _("Now it is: %(state)s.", { state: _(STATES[now.state] ?? now.state) });
  const who = now.by && now.by !== app.me.who && _("By %(who)s at %(time)s.", { who: now.by, time: timeOf(Date.parse(now.at)) });
  const follows = code === "followed-conflict";
  const what = follows ? _("left undone") : title;
  return alert(`${_(KINDS[row.action.kind])} ${name(app, row)}: ${what}`, follows ? _("What was done to this parcel before was not accepted.") : text, "red", "circle-x",
    [state, who].some(Boolean) && h("p", {}, [state, who].filter(Boolean).join(" ")),
    h("div.buttons", {}, button(_("Understood"), { kind: "small", mark: "check", onclick: () => app.dismiss(row), "data-do": "understood" })));
}
