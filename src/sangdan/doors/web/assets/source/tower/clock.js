// The day's clock between two messages: it runs on at the day's speed and drifts towards what the server says, so that
// nothing on the map jumps.
const JUMP_S = 1800;

export class Clock {
  #at = 0;
  #heard = 0;
  #rate = 0;
  #speed = null;
  #told = null;

  pace(speed) {
    this.#settle();
    this.#speed = speed;
    if (speed !== "max") this.#rate = speed;
  }

  hear(iso) {
    const at = Date.parse(iso);
    const wall = performance.now();
    if (this.#told && this.#speed === "max") {
      const measured = (at - this.#told.at) / Math.max(1, wall - this.#told.wall);
      this.#rate += (measured - this.#rate) * 0.4;
    }
    this.#told = { at, wall };
    const off = at - this.now();
    const base = this.#speed === "max" ? this.#rate : (this.#speed ?? 1);
    this.#settle();
    if (Math.abs(off) > Math.max(JUMP_S * 1000, base * 4000) || base === 0) {
      this.#at = at;
      this.#rate = base;
    } else {
      // What is off is made good within two seconds.
      this.#rate = Math.max(0, base + off / 2000);
    }
  }

  get known() {
    return this.#told !== null;
  }

  get moves() {
    return this.#rate > 0;
  }

  now() {
    return this.#at + (performance.now() - this.#heard) * this.#rate;
  }

  #settle() {
    this.#at = this.now();
    this.#heard = performance.now();
  }
}
