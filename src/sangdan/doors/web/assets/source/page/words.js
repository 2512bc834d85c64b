import { withJosa } from "./josa.js";

// Words, numbers and times in the page's language, in Korea's time.
export const language = document.documentElement.lang;
const texts = JSON.parse(document.getElementById("texts")?.textContent ?? "{}");
const ZONE = "Asia/Seoul";

// A text in the page's language: English stands here, its Korean travels with the page.
export function _(text, args = {}) {
  const said = (texts[text] ?? text).replace(/%(?:\((\w+)\)s|%)/g, (slot, name) => (name ? (args[name] ?? "") : "%"));
  return language === "ko" ? withJosa(said) : said;
}

// A text that is said later: only found here by whoever translates.
export const mark = (text) => text;

const whole = new Intl.NumberFormat(language);
const tenths = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat(language === "ko" ? "ko" : "en-GB", { timeZone: ZONE, month: "short", day: "numeric", weekday: "short" });
const time = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour: "2-digit", minute: "2-digit" });

export const count = (n) => whole.format(Math.round(n));
// Rounded down: a promise is never said better than it is.
export const percent = (ppm) => `${tenths.format(Math.floor(ppm / 1000) / 10)}%`;
export const dayOf = (ms) => day.format(ms);
export const timeOf = (ms) => time.format(ms);

export function money(minor, currency) {
  const notation = minor >= 1e10 ? "compact" : "standard";
  if (currency === "KRW") {
    const won = new Intl.NumberFormat(language, { notation, maximumFractionDigits: notation === "compact" ? 1 : 0 });
    return (minor < 0 ? "-" : "") + _("₩%(amount)s", { amount: won.format(Math.abs(minor)) });
  }
  const format = new Intl.NumberFormat(language, { style: "currency", currency, notation });
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

export function weight(g) {
  return g >= 1e6 ? `${tenths.format(g / 1e6)} t` : `${tenths.format(g / 1e3)} kg`;
}

// An instant near another one: the day only when it is another day.
export function when(iso, now) {
  const at = Date.parse(iso);
  return dayOf(at) === dayOf(now) ? timeOf(at) : `${dayOf(at)} ${timeOf(at)}`;
}

export function span(seconds) {
  const m = Math.max(0, Math.round(seconds / 60));
  if (m < 60) return _("%(m)s min", { m });
  if (m < 48 * 60) return m % 60 ? _("%(h)s h %(m)s min", { h: Math.floor(m / 60), m: m % 60 }) : _("%(h)s h", { h: m / 60 });
  return _("%(d)s d %(h)s h", { d: Math.floor(m / 1440), h: Math.floor((m % 1440) / 60) });
}

// How far into Korea's day an instant is, 0..1.
export function dayShare(ms) {
  const [h, m] = timeOf(ms).split(":").map(Number);
  return (h * 60 + m) / 1440;
}
