// What the floor app says of parcels, places and times.
import { _, language, mark, span, timeOf, when } from "../page/words.js";
import { towerNow } from "./clock.js";

const SOON_S = 30 * 60;

export const nameOf = (thing) => (language === "ko" ? thing.name_ko : thing.name_en);

// How people call a parcel: the end of its order's number, which the shopper sees, too.
export const callOf = (each) => each.order_id.slice(-8).toUpperCase().replace(/^.{4}/, "$&-");

export function left(dueAt) {
  const seconds = (Date.parse(dueAt) - towerNow()) / 1000;
  if (seconds < 0) return { text: _("%(time)s late", { time: span(-seconds) }), tone: "red" };
  return { text: span(seconds), tone: seconds < SOON_S ? "amber" : "plain" };
}

export const by = (dueAt) => _("by %(time)s", { time: when(dueAt, towerNow()) });
export const since = (at) => timeOf(Date.parse(at));

export const STEPS = {
  waiting: { text: mark("To pick"), next: mark("Pick"), tone: "indigo", icon: "package-search" },
  picked: { text: mark("To pack"), next: mark("Pack"), tone: "amber", icon: "package-open" },
  packed: { text: mark("To hand over"), next: mark("Hand over"), tone: "jade", icon: "package-check" },
};
export const KINDS = {
  pick: mark("Picked"),
  pack: mark("Packed"),
  hand_over: mark("Handed over"),
  collect: mark("Fetched by the shopper"),
  load: mark("Taken on board"),
  deliver: mark("Delivered"),
  fail: mark("Could not deliver"),
};
export const STATES = {
  waiting: mark("waiting to be picked"),
  picked: mark("picked"),
  packed: mark("packed"),
  handed_over: mark("handed over"),
  cancelled: mark("cancelled"),
  collected: mark("fetched"),
  in_transit: mark("with the carrier"),
  out_for_delivery: mark("out for delivery"),
  attempt_fail: mark("not delivered at the first try"),
  available_for_pickup: mark("behind the counter"),
  exception: mark("held up"),
  delivered: mark("delivered"),
  lost: mark("lost"),
};
export const HOWS = {
  in_person: { text: mark("Handed to a person"), icon: "user-check" },
  at_door: { text: mark("Left at the door"), icon: "door-open" },
  guard: { text: mark("With the guard's office"), icon: "shield" },
  locker: { text: mark("In a parcel locker"), icon: "lock" },
};
export const WHYS = {
  nobody_in: mark("Nobody was in"),
  no_access: mark("Could not get into the building"),
  address_wrong: mark("The address is wrong"),
  refused: mark("They did not want it"),
  damaged: mark("The parcel is damaged"),
};
export const SERVICES = {
  pickup: mark("pickup"),
  quick: mark("quick"),
  dawn: mark("dawn"),
  next_day: mark("next day"),
  standard: mark("standard"),
};
