// Signing out: nothing of the person stays on the device but what the tower has not heard yet, and they are told of that.
import { _ } from "../page/words.js";
import { button, h, sheet, toast } from "./dom.js";
import { unsent } from "./notes.js";
import * as store from "./store.js";

export async function leave(app, sync, event) {
  event.preventDefault();
  await sync();
  if (app.line === "off") return toast(_("Signing out needs a line. What was done stays on this device."), "wifi-off");
  const kept = unsent(app);
  if (!kept) return go(event.target);
  const box = sheet(_("Not everything is sent"),
    h("p", {}, _("%(n)s kept on this device. It stays here, and goes to the tower when you sign in on this device again.", { n: kept })),
    h("div.buttons", {},
      button(_("Stay signed in"), { kind: "primary", onclick: () => box.close(), "data-do": "stay" }),
      button(_("Sign out"), { kind: "quiet", mark: "log-out", onclick: () => go(event.target), "data-do": "leave" })));
}

async function go(form) {
  await store.leave();
  form.submit();
}
