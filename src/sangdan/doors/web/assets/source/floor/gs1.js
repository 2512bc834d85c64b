// What a scanner reads: a GTIN on goods, an SSCC on a parcel's label, a shopper's ticket.
// source: GS1 General Specifications 7.9 (check digits) and 3 (application identifiers)

const GTIN_LENGTHS = new Set([8, 12, 13, 14]);
const SSCC_LENGTH = 18;
const TICKET = /^sangdan:pickup:([0-9a-f]{32}):([0-9]{6})$/;
const GROUP = String.fromCharCode(29);

export function checked(digits) {
  let sum = 0;
  for (let place = 0; place < digits.length - 1; place += 1) {
    sum += Number(digits[digits.length - 2 - place]) * (place % 2 ? 1 : 3);
  }
  return (10 - (sum % 10)) % 10 === Number(digits.at(-1));
}

// Two spellings of one GTIN: scanners leave leading zeros out, or put them in.
export const bare = (gtin) => (gtin ?? "").replace(/^0+/, "");

// { kind: "gtin" | "sscc" | "ticket" | "wrong" | "unknown", value, parcel_id, code }; wrong: a digit was lost or mistyped.
export function read(text) {
  const told = text.trim().replaceAll(GROUP, "").replace(/^\](C1|e0|d2|Q3)/, "");
  const ticket = TICKET.exec(told);
  if (ticket) return { kind: "ticket", parcel_id: uuid(ticket[1]), code: told };
  const digits = told.replace(/^\((00|01)\)/, "$1");
  if (!/^[0-9]+$/.test(digits)) return { kind: "unknown", value: told };
  if (digits.length === SSCC_LENGTH + 2 && digits.startsWith("00")) return sure("sscc", digits.slice(2));
  if (digits.length === SSCC_LENGTH) return sure("sscc", digits);
  if (digits.length >= 16 && digits.startsWith("01")) return sure("gtin", digits.slice(2, 16));
  return GTIN_LENGTHS.has(digits.length) ? sure("gtin", digits) : { kind: "unknown", value: told };
}

const sure = (kind, value) => ({ kind: checked(value) ? kind : "wrong", value });
const uuid = (hex) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
