// What somebody should know beside the list: whether there is a line, and what holds things up.
import { _ } from "../page/words.js";
import { alert, button, h, icon } from "./dom.js";

export function notes(app) {
  const waiting = app.rows.filter((row) => row.state === "waiting").length;
  return [
    app.line === "signed-out" && alert(_("You are signed out"), _("What was done and not sent (%(n)s) stays on this device until you sign in again.", { n: waiting }), "amber", "lock", h("a.button", { href: "/sign-in?to=/floor" }, _("Sign in"))),
    app.line === "other" && alert(_("Somebody else is signed in"), app.said, "amber", "users", button(_("Open the app again"), { mark: "refresh-cw", onclick: () => location.reload() })),
    app.line === "refused" && alert(_("The tower does not accept this"), app.said, "red", "circle-alert"),
    app.full && alert(_("This device is full"), _("Free some space: until then the list stays as it is, and nothing more can be kept."), "red", "circle-alert"),
    app.clockOff && alert(_("This device's clock is wrong"), _("Times are told by the tower's clock. Set the device's clock when you can."), "amber", "clock"),
    !app.found.at && app.line === "off" && alert(_("No line"), _("The list comes when the line is back. It stays on the device from then on."), "plain", "wifi-off"),
  ].filter(Boolean);
}

export const unsent = (app) => app.rows.filter((row) => row.state === "waiting").length + app.photos.filter((photo) => !photo.answer).length;

export function lineSaid(app) {
  const waiting = unsent(app);
  const said = { good: _("Online"), off: _("Offline") }[app.line] ?? _("On hold");
  return [icon(app.line === "good" ? "wifi" : "wifi-off"), h("span", {}, waiting ? _("%(said)s, %(n)s kept", { said, n: waiting }) : said)];
}
