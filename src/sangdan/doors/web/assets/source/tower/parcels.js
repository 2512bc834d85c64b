// Parcels on the road: pixels written straight into one picture over the map, anew each frame, from typed arrays. That
// is several times faster than strokes where no graphics card helps; the lanes below them are drawn when they change.
import { colours, onMap } from "./korea.js";

const BEND = 0.16;
const TAIL = 0.05;
const TAIL_ALPHA = 105;
const HEAD_ALPHA = 255;
const NEAR_PX = 9;
const WAITING = 4;
const CALM_MS = 1000;
const SAFE_PPM = 900000, UNSURE_PPM = 600000;
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Parcels {
  #canvas;
  #context;
  #korea;
  #clock;
  #places;
  #all = new Map();
  #slots = [];
  #free = [];
  #path = new Float64Array(0);
  #span = new Float64Array(0);
  #class = new Uint8Array(0);
  #lanes = new Map();
  #laneCanvas;
  #image = null;
  #pixels = null;
  #laneStale = true;
  #laneProjection = "";
  #rgb = [];
  #drawnAt = 0;
  #size = [0, 0, 1];
  onRoad = 0;

  constructor(canvas, lanes, korea, clock, places) {
    this.#canvas = canvas;
    this.#laneCanvas = lanes;
    this.#context = canvas.getContext("2d");
    this.#korea = korea;
    this.#clock = clock;
    this.#places = places;
    new ResizeObserver(() => this.fit()).observe(canvas);
    this.fit();
    requestAnimationFrame((t) => this.#frame(t));
  }

  fit() {
    const { width, height } = this.#canvas.getBoundingClientRect();
    const scale = Math.min(2, devicePixelRatio || 1);
    for (const canvas of [this.#canvas, this.#laneCanvas]) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    this.#size = [width, height, scale];
    this.#image = canvasImage(this.#context);
    this.#pixels = this.#image && new Uint32Array(this.#image.data.buffer);
    this.stale();
  }

  stale() {
    this.#laneStale = true;
    this.#drawnAt = 0;
  }

  replace(parcels) {
    this.#all.clear();
    this.#slots = [];
    this.#free = [];
    this.#lanes.clear();
    for (const parcel of parcels) this.#put(parcel);
    this.stale();
  }

  change(parcels, gone) {
    for (const id of gone) this.#drop(id);
    for (const parcel of parcels) {
      this.#drop(parcel.parcel_id);
      this.#put(parcel);
    }
    if (gone.length || parcels.length) this.#laneStale = true;
  }

  get(id) {
    const slot = this.#all.get(id);
    return slot === undefined ? undefined : this.#slots[slot];
  }

  // The parcel under the pointer, if one is near enough.
  near(x, y) {
    const [x0, dx, y0, dy] = this.#korea.projection();
    const now = this.#clock.now();
    let best, nearest = NEAR_PX ** 2;
    for (let i = 0; i < this.#slots.length; i++) {
      if (!this.#class[i]) continue;
      const waits = this.#class[i] === WAITING, e = waits ? 1 : this.#progress(i, now);
      if (e < 0) continue;
      const [lon, lat] = waits ? this.#path.subarray(i * 6 + 4, i * 6 + 6) : this.#at(i, e);
      const off = (x0 + lon * dx - x) ** 2 + (y0 + lat * dy - y) ** 2;
      if (off < nearest) [nearest, best] = [off, this.#slots[i]];
    }
    return best;
  }

  #drop(id) {
    const slot = this.#all.get(id);
    if (slot === undefined) return;
    this.#count(this.#slots[slot], -1);
    this.#all.delete(id);
    this.#slots[slot] = null;
    this.#class[slot] = 0;
    this.#free.push(slot);
  }

  #put(parcel) {
    const slot = this.#free.pop() ?? this.#slots.length;
    this.#slots[slot] = parcel;
    this.#all.set(parcel.parcel_id, slot);
    this.#room(slot + 1);
    this.#class[slot] = 0;
    const from = this.#places.nodes[parcel.node_id], to = this.#places.zones[parcel.zone_id];
    if (!from || !to) return;
    const a = onMap(from), [bx, by] = goal(parcel, to);
    if (parcel.state !== "shipped") {
      if (parcel.service !== "pickup") this.#path.set([NaN, NaN, NaN, NaN, bx, by], slot * 6);
      this.#class[slot] = parcel.service === "pickup" ? 0 : WAITING;
      return;
    }
    const [mx, my] = bent(a, [bx, by]);
    this.#path.set([a[0], a[1], mx, my, bx, by], slot * 6);
    const departs = Date.parse(parcel.departs_at), due = Date.parse(parcel.promised_at);
    this.#span.set([departs, 1 / Math.max(60000, due - departs)], slot * 2);
    this.#class[slot] = parcel.chance_ppm >= SAFE_PPM ? 1 : parcel.chance_ppm >= UNSURE_PPM ? 2 : 3;
    this.#count(parcel, 1);
  }

  #count(parcel, by) {
    if (parcel.state !== "shipped") return;
    const lane = `${parcel.node_id}|${parcel.zone_id}`;
    const left = (this.#lanes.get(lane) ?? 0) + by;
    if (left > 0) this.#lanes.set(lane, left);
    else this.#lanes.delete(lane);
  }

  #room(slots) {
    if (this.#class.length >= slots) return;
    const wanted = Math.max(1024, slots * 2);
    const grown = (old, type, each) => {
      const fresh = new type(wanted * each);
      fresh.set(old);
      return fresh;
    };
    this.#path = grown(this.#path, Float64Array, 6);
    this.#span = grown(this.#span, Float64Array, 2);
    this.#class = grown(this.#class, Uint8Array, 1);
  }

  #progress(i, now) {
    return Math.min(0.998, (now - this.#span[i * 2]) * this.#span[i * 2 + 1]);
  }

  #at(i, e) {
    const p = this.#path, o = i * 6, u = 1 - e;
    return [u * u * p[o] + 2 * u * e * p[o + 2] + e * e * p[o + 4], u * u * p[o + 1] + 2 * u * e * p[o + 3] + e * e * p[o + 5]];
  }

  #frame(t) {
    requestAnimationFrame((next) => this.#frame(next));
    if (document.hidden || !this.#clock.known) return;
    // Nothing moves while the clock stands, and little for those who asked for calm.
    if ((still.matches || !this.#clock.moves) && t - this.#drawnAt < CALM_MS) return;
    this.#drawnAt = t;
    this.#draw();
  }

  #draw() {
    const projection = this.#korea.projection();
    if (this.#laneStale || this.#laneProjection !== String(projection)) this.#drawLanes(projection, colours());
    if (!this.#pixels) return;
    this.#pixels.fill(0);
    this.onRoad = 0;
    const scale = this.#size[2], now = this.#clock.now();
    const scaled = projection.map((each) => each * scale);
    // The worrying ones last: their colour stays where several meet.
    for (let kind = 1; kind <= 3; kind++) this.#strew(kind, now, scaled, scale);
    this.#context.putImageData(this.#image, 0, 0);
  }

  #strew(kind, now, [x0, dx, y0, dy], scale) {
    const p = this.#path, rgb = this.#rgb[kind - 1];
    const step = 1 / Math.abs(dy); // one pixel, in degrees
    for (let i = 0; i < this.#slots.length; i++) {
      if (this.#class[i] !== kind) continue;
      const e = this.#progress(i, now);
      if (e < 0) continue;
      this.onRoad++;
      const o = i * 6;
      const length = Math.hypot(p[o + 4] - p[o], p[o + 5] - p[o + 1]);
      const dots = Math.min(24, Math.max(1, Math.round((TAIL * length) / step)));
      for (let k = dots; k >= 0; k--) {
        const at = e - (TAIL * k) / dots;
        if (at < 0) continue;
        const u = 1 - at, a = u * u, b = 2 * u * at, c = at * at;
        const x = x0 + dx * (a * p[o] + b * p[o + 2] + c * p[o + 4]);
        const y = y0 + dy * (a * p[o + 1] + b * p[o + 3] + c * p[o + 5]);
        if (k) this.#dot(x, y, rgb, TAIL_ALPHA * (1 - k / (dots + 1)));
        else this.#head(x, y, rgb, scale);
      }
    }
  }

  // A head is a small square of soft edges, so that slow ones glide.
  #head(x, y, rgb, scale) {
    const reach = 0.62 * scale;
    for (let oy = -reach; oy <= reach; oy += 0.62) for (let ox = -reach; ox <= reach; ox += 0.62) this.#dot(x + ox, y + oy, rgb, HEAD_ALPHA * 0.62);
  }

  // One unit of colour, shared by the four pixels it lies on.
  #dot(x, y, rgb, alpha) {
    const width = this.#canvas.width, left = Math.floor(x), top = Math.floor(y);
    if (left < 0 || top < 0 || left >= width - 1 || top >= this.#canvas.height - 1) return;
    const fx = x - left, fy = y - top, at = top * width + left;
    this.#mix(at, rgb, alpha * (1 - fx) * (1 - fy));
    this.#mix(at + 1, rgb, alpha * fx * (1 - fy));
    this.#mix(at + width, rgb, alpha * (1 - fx) * fy);
    this.#mix(at + width + 1, rgb, alpha * fx * fy);
  }

  #mix(at, rgb, alpha) {
    const sum = (this.#pixels[at] >>> 24) + alpha;
    this.#pixels[at] = ((sum > 255 ? 255 : sum) << 24) | rgb;
  }

  #drawLanes([x0, dx, y0, dy], colour) {
    this.#laneStale = false;
    this.#laneProjection = String([x0, dx, y0, dy]);
    this.#rgb = ["jade", "amber-dot", "red"].map((name) => pixel(colour(name)));
    const scale = this.#size[2];
    const context = this.#laneCanvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#laneCanvas.width, this.#laneCanvas.height);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.strokeStyle = colour("jade");
    const most = Math.max(8, ...this.#lanes.values());
    for (const [lane, parcels] of this.#lanes) {
      const [node, zone] = lane.split("|");
      const from = this.#places.nodes[node], to = this.#places.zones[zone];
      if (!from || !to) continue;
      const a = onMap(from), b = onMap(to);
      const [mx, my] = bent(a, b);
      context.globalAlpha = 0.04 + 0.18 * Math.sqrt(parcels / most);
      context.lineWidth = 0.7 + 1.3 * (parcels / most);
      context.beginPath();
      context.moveTo(x0 + a[0] * dx, y0 + a[1] * dy);
      context.quadraticCurveTo(x0 + mx * dx, y0 + my * dy, x0 + b[0] * dx, y0 + b[1] * dy);
      context.stroke();
    }
    // What is being prepared waits faintly where it will arrive.
    context.fillStyle = colour("waiting");
    context.globalAlpha = 0.75;
    for (let i = 0; i < this.#slots.length; i++) {
      if (this.#class[i] !== WAITING) continue;
      context.fillRect(x0 + dx * this.#path[i * 6 + 4] - 0.9, y0 + dy * this.#path[i * 6 + 5] - 0.9, 1.8, 1.8);
    }
    context.globalAlpha = 1;
  }
}

// Parcels to one zone keep a little apart, each at its own place.
function goal(parcel, zone) {
  const apart = hash(parcel.parcel_id), [x, y] = onMap(zone);
  const turn = apart * 6283, reach = Math.sqrt((apart * 7919) % 1);
  return [x + Math.cos(turn) * reach * 0.055, y + Math.sin(turn) * reach * 0.045];
}

// A number 0..1 that a parcel keeps.
function hash(id) {
  return (parseInt(id.slice(-6), 16) % 9973) / 9973;
}

// The point that pulls a lane aside: westward lanes bend one way and eastward ones the other, so that they never bulge
// out to sea.
function bent(a, b) {
  const side = b[0] < a[0] ? -BEND : BEND;
  return [(a[0] + b[0]) / 2 - (b[1] - a[1]) * side, (a[1] + b[1]) / 2 + (b[0] - a[0]) * side];
}

function canvasImage(context) {
  const { width, height } = context.canvas;
  return width && height ? context.createImageData(width, height) : null;
}

// #rrggbb as the low three bytes of a pixel.
function pixel(colour) {
  const n = parseInt(colour.slice(1), 16);
  return ((n & 255) << 16) | (n & 0xff00) | (n >> 16);
}
