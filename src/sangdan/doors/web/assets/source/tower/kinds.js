// What the database calls kinds, states and risks, as people call them.
import { _, mark } from "../page/words.js";

export const KINDS = {
  fulfilment_centre: _("fulfilment centre"),
  cold: _("cold centre"),
  bonded: _("bonded centre"),
  overseas_hub: _("overseas hub"),
  store: _("store"),
  dark_store: _("dark store"),
  locker: _("locker"),
};
export const STATES = {
  open: _("open"),
  closed: _("closed now"),
  down: _("down"),
};
export const SERVICES = {
  pickup: _("pickup"),
  quick: _("quick"),
  dawn: _("dawn"),
  next_day: _("next day"),
  standard: _("standard"),
};
export const ROLES = {
  source: _("sends"),
  store: _("pickup point"),
  refuser: _("not on the shelf"),
  dark: _("no power"),
};
export const LINE = {
  joining: _("connecting"),
  live: _("live"),
  paused: _("paused"),
  lost: _("line lost, reconnecting"),
};
// Filled when they are said.
export const RISKS = {
  late_pick: mark("Promised ready at %(ready_at)s, and not done yet."),
  late_pick_next: mark("Promised ready at %(ready_at)s, and not done yet. The next departure is %(next_departs_at)s."),
  missed_departure: mark("It missed the departure at %(departs_at)s."),
  missed_departure_next: mark("It missed the departure at %(departs_at)s. The next is %(next_departs_at)s."),
  slow_transit: mark("Left at %(departed_at)s on a way that usually takes %(usual)s, and is slower."),
  slow_transit_waiting: mark("Not on its way yet, which usually takes %(usual)s."),
  carrier_exception: mark("The carrier reported trouble."),
  node_down: mark("%(node)s is out of service."),
  lane_closed: mark("The lane that it leaves by is closed."),
  lane_closed_next: mark("The lane that it leaves by is closed. The next departure is %(next_departs_at)s."),
  lost: mark("The carrier has lost it."),
  unknown: mark("It may be late."),
};
