// The tower's time on a device whose own clock may be wrong, or be set while we look. Between two words of the tower the
// page's steady clock counts; after the page was loaded anew, what was known of the device's clock last.

let told = null;
let lastOffset = null;

// at: the tower's now, just heard
export function heard(at, wallNow = Date.now(), steadyNow = performance.now()) {
  told = { at: Date.parse(at), steadyNow };
  lastOffset = Math.round(told.at - wallNow);
  return lastOffset;
}

// What was known before the page was loaded.
export function remember(offset) {
  if (told === null) lastOffset = offset ?? null;
}

// How far the device's clock is behind the tower's, in milliseconds; null when the tower was never heard.
export function offset(wallNow = Date.now(), steadyNow = performance.now()) {
  return told === null ? lastOffset : Math.round(told.at + (steadyNow - told.steadyNow) - wallNow);
}

export const towerNow = (wallNow = Date.now()) => wallNow + (offset(wallNow) ?? 0);
