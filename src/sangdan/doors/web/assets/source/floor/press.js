// What is under a finger stays there until it is lifted: a press that ends on another thing than it began on is none.

// A finger that is down for longer has slipped off the window.
const LONGEST_MS = 2_000;

// Gives the same function, which waits for whoever is pressing something.
export function steady(draw) {
  let downAt = -Infinity;
  let late = false;
  const lifted = () => {
    downAt = -Infinity;
    if (late) setTimeout(draw); // behind the press itself
    late = false;
  };
  addEventListener("pointerdown", () => { downAt = performance.now(); }, true);
  for (const event of ["pointerup", "pointercancel"]) addEventListener(event, lifted, true);
  return () => {
    late = performance.now() - downAt < LONGEST_MS;
    if (!late) draw();
  };
}
