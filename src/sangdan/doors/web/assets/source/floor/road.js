// A courier's lists: what is on board, and what may be taken on board.
import { _ } from "../page/words.js";
import { badge, button, h, icon, nothing, sheet, toast } from "./dom.js";
import { small } from "./photo.js";
import { by, callOf, HOWS, left, WHYS } from "./saying.js";

export function board(app) {
  const { on_board, labels } = app.road();
  if (!on_board.length && !labels.length) return nothing(_("Nothing on board"), _("Scan the label of each parcel that you take."), "truck");
  return h("ul.cards", {},
    on_board.map((each) => h("li", {}, stop(app, each))),
    labels.map((label) => h("li.job", {}, h("span.what", {}, h("b", {}, label), h("small", {}, _("Its address comes when the line is back."))), badge(_("on this device"), "plain", "cloud-off"))));
}

function stop(app, each) {
  const time = left(each.promised_at);
  const where = h("p.where", {});
  const show = (found) => {
    const call = found.phone && !found.masked && h("a.button.small", { href: `tel:${found.phone}` }, icon("phone"), h("span", {}, _("Call")));
    where.replaceChildren(h("b", {}, found.lines.join(" ")), h("span", {}, found.name), found.note && h("span.note", {}, found.note), call || "");
  };
  app.doorstep(each.parcel_id, true).then(show, (problem) => where.replaceChildren(h("span.quiet", {}, problem.status === 404 ? _("Nobody was named to receive it.") : _("The address comes when the line is back."))));
  return h("article.job.stop", { "data-parcel": each.parcel_id },
    h("span.left", { class: time.tone }, h("b", { "data-due": each.promised_at }, time.text), h("small", {}, by(each.promised_at))),
    h("div.what", {}, h("small", {}, `${each.postcode} · #${callOf(each)}`), where,
      h("span.badges", {}, each.state === "attempt_fail" && badge(_("tried once"), "amber", "rotate-ccw"), each.kept && badge(_("on this device"), "plain", "cloud-off")),
      h("div.buttons", {},
        button(_("Delivered"), { kind: "primary", mark: "check", onclick: () => deliver(app, each), "data-do": "deliver" }),
        button(_("Could not deliver"), { kind: "quiet", onclick: () => fail(app, each), "data-do": "fail" }))));
}

function deliver(app, each) {
  let photo = null;
  let how = null;
  const wrong = h("p.wrong", { role: "alert", hidden: true });
  const tell = (text) => { wrong.textContent = text; wrong.hidden = false; };
  const preview = h("img.preview", { alt: _("The photo"), hidden: true });
  const take = async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    try {
      photo = await small(file);
      wrong.hidden = true;
      if (preview.src) URL.revokeObjectURL(preview.src);
      preview.src = URL.createObjectURL(photo);
      preview.hidden = false;
    } catch {
      photo = null;
      preview.hidden = true;
      tell(_("This file is not a photo: take one with the camera."));
    }
  };
  const file = h("input", { type: "file", accept: "image/*", capture: "environment", onchange: take, class: "heard", id: "photo" });
  const hows = Object.entries(HOWS).map(([name, { text, icon: mark }]) =>
    h("label.choice", {}, h("input", { type: "radio", name: "how", value: name, onchange: () => { how = name; } }), h("span.title", {}, icon(mark), _(text))));
  const done = () => {
    if (!how) return tell(_("Say where you left it."));
    if (how !== "in_person" && !photo) return tell(_("Take a photo of where you left it."));
    box.close();
    const photo_id = photo && crypto.randomUUID();
    return app.act({ kind: "deliver", parcel_id: each.parcel_id, how, photo_id }, null, photo && { photo_id, body: photo, done_by: app.me.who });
  };
  const box = sheet(_("Delivered #%(order)s", { order: callOf(each) }),
    h("fieldset.choices", {}, h("legend.legend", {}, _("Where is it?")), hows),
    h("div.photo", {}, file, h("label.button.wide", { for: "photo" }, icon("camera"), h("span", {}, _("Take a photo"))), preview), wrong,
    button(_("Delivered"), { kind: "primary large wide", mark: "check", onclick: done, "data-do": "delivered" }));
}

function fail(app, each) {
  const choose = (why) => { box.close(); app.act({ kind: "fail", parcel_id: each.parcel_id, why }, null); };
  const box = sheet(_("Could not deliver #%(order)s", { order: callOf(each) }),
    h("ul.places", {}, Object.entries(WHYS).map(([why, text]) => h("li", {}, h("button.place", { type: "button", onclick: () => choose(why), "data-do": why }, h("span", {}, _(text)), icon("chevron-right"))))));
}

export function toLoad(app) {
  const { to_load } = app.road();
  if (!to_load.length) return nothing(_("Nothing to take on board"), _("Parcels come here when their node hands them over."), "package-search");
  return h("ul.cards", {}, to_load.map((each) => h("li", {}, h("article.job", { "data-parcel": each.parcel_id },
    h("span.left", {}, h("b", { "data-due": each.promised_at }, left(each.promised_at).text), h("small", {}, by(each.promised_at))),
    h("div.what", {}, h("b", {}, each.postcode), h("small", {}, each.sscc.replace(/(\d{3})(?=\d)/g, "$1 "))),
    button(_("Load"), { mark: "truck", onclick: () => load(app, { parcel_id: each.parcel_id }), "data-do": "load" })))));
}

const load = (app, what) => app.act({ kind: "load", ...what }, null);

// A label was read; gives whether it was of use.
export function scanned(app, code) {
  if (code.kind !== "sscc") return false;
  const { on_board, to_load } = app.road();
  if (on_board.some((each) => each.sscc === code.value)) toast(_("It is on board already."), "truck");
  else {
    const known = to_load.find((each) => each.sscc === code.value);
    load(app, known ? { parcel_id: known.parcel_id } : { sscc: code.value });
  }
  return true;
}
