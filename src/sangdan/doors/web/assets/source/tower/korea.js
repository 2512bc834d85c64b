// The map of Korea: borders and nodes by ECharts, and where on the screen a place is.
import * as echarts from "echarts/core";
import { ScatterChart } from "echarts/charts";
import { GeoComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([ScatterChart, GeoComponent, CanvasRenderer]);

const WEST = 124.4, EAST = 132.2, SOUTH = 32.9, NORTH = 38.8;
// What lies overseas stands at the map's edge.
const OVERSEAS = [130.55, 36.35];
// Around places that are shown close up, in degrees.
const ROOM = 0.12;
// Pixels from the middle of a node to the end of its name, less the name; and those from one line to the next.
const BESIDE = 18, LINE = 15;
const BIG = new Set(["fulfilment_centre", "cold", "bonded", "overseas_hub"]);

export const isBig = (kind) => BIG.has(kind);

// The tokens' colours as #rrggbb: the browser says which of light and dark holds.
export function colours() {
  const probe = document.createElement("i");
  return (name) => {
    document.body.append(probe);
    probe.style.color = `var(--${name})`;
    const parts = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3);
    probe.remove();
    return `#${parts.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
  };
}

export function onMap(place) {
  const inside = place.lon > WEST && place.lon < EAST && place.lat > SOUTH && place.lat < NORTH;
  return inside ? [place.lon, place.lat] : OVERSEAS;
}

function loadColour(colour, node) {
  if (node.state === "down") return colour("red");
  if (node.state === "closed" || node.load_ppm === null) return colour("idle");
  return echarts.color.lerp(Math.min(1, node.load_ppm / 1e6), [colour("load-0"), colour("load-1")]);
}

export class Korea {
  #chart;
  #holder;
  #names;
  #named = [];
  #near = null;

  // names: the element that holds the names of what stands out
  constructor(holder, names = document.createElement("div")) {
    this.#holder = holder;
    this.#names = names;
  }

  async draw(still = false) {
    const answer = await fetch(this.#holder.dataset.borders);
    echarts.registerMap("korea", await answer.json());
    this.#chart = echarts.init(this.#holder, null, { renderer: "canvas" });
    this.#chart.setOption({
      animation: false,
      geo: { map: "korea", preserveAspect: "contain", nameProperty: "code", roam: !still && matchMedia("(pointer: fine)").matches, silent: true, scaleLimit: { min: 0.8, max: 12 }, ...this.#frame() },
      series: [{ id: "nodes", type: "scatter", coordinateSystem: "geo", data: [], cursor: "pointer" }],
    });
    this.themed();
    new ResizeObserver(() => {
      this.#chart.resize();
      this.#chart.setOption({ geo: this.#frame() });
      this.rename();
      this.moved?.();
    }).observe(this.#holder);
    this.#chart.on("georoam", () => {
      this.rename();
      this.moved?.();
    });
    return this;
  }

  // The mainland and Jeju fill the height; the sea has room for the key.
  #frame() {
    if (this.#near) return this.#closeUp(this.#near);
    const { width, height } = this.#holder.getBoundingClientRect();
    const wide = width / height > 0.95;
    return { boundingCoords: [[wide ? 124.7 : 125.7, 38.65], [wide ? 131.0 : 130.0, 33.08]], left: 0, right: 0, top: 6, bottom: 6 };
  }

  #closeUp(places) {
    const lons = places.map(([lon]) => lon), lats = places.map(([, lat]) => lat);
    const west = Math.min(...lons), east = Math.max(...lons), south = Math.min(...lats), north = Math.max(...lats);
    const room = Math.max(ROOM, 0.3 * Math.max(east - west, north - south));
    return { boundingCoords: [[west - room, north + room], [east + room, south - room]], left: 0, right: 0, top: 0, bottom: 0 };
  }

  themed() {
    const colour = colours();
    this.#chart.setOption({
      geo: {
        itemStyle: { areaColor: colour("land"), borderColor: colour("border"), borderWidth: 0.8 },
        emphasis: { disabled: true }, select: { disabled: true },
      },
    });
  }

  // nodes: [{id, name, kind, at: [lon, lat], state, load_ppm, open_parcels}]
  show(nodes) {
    const colour = colours();
    const data = nodes.map((node) => {
      const big = isBig(node.kind);
      const size = big ? 13 + Math.min(13, Math.sqrt(node.open_parcels) / 2.5) : 4.5 + Math.min(7, Math.sqrt(node.open_parcels) * 1.1);
      const fill = loadColour(colour, node);
      const hollow = node.state === "closed";
      return {
        name: node.name, value: node.at, id: node.id, symbol: big ? "roundRect" : "circle", symbolSize: size,
        itemStyle: { color: hollow ? colour("land") : fill, borderColor: hollow ? colour("idle") : colour("land"), borderWidth: big ? 2 : 1, opacity: big ? 1 : 0.9 },
        z: big ? 3 : 2,
      };
    });
    this.#chart.setOption({ series: [{ id: "nodes", data }] });
    this.#name(nodes.filter((node) => isBig(node.kind)));
  }

  // Names stand above everything that moves. Of two that would touch, the western one goes to its left; where that has
  // no room it is left out, and the pointer and the table tell it.
  #name(nodes) {
    this.#named = nodes;
    const [x0, dx, y0, dy] = this.projection();
    const spots = nodes.map((node) => [x0 + dx * node.at[0], y0 + dy * node.at[1]]);
    const names = nodes.map((node, place) => {
      const [x, y] = spots[place], name = document.createElement("span");
      name.textContent = node.name;
      name.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
      return name;
    });
    this.#names.replaceChildren(...names);
    const widths = names.map((name) => name.offsetWidth + BESIDE);
    names.forEach((name, place) => {
      const [x, y] = spots[place], width = widths[place];
      const crowded = spots.some(([east, level]) => east > x && east - x < width && Math.abs(level - y) < LINE);
      const left = crowded || x + width > this.#holder.clientWidth;
      name.className = left ? "left" : "";
      name.hidden = left && x < width;
    });
  }

  rename() {
    this.#name(this.#named);
  }

  // Numbered places, as near as they need to be told apart: [{lat, lon, colour}]; one alone stands in the whole country.
  points(points) {
    const colour = colours();
    const data = points.map((point, place) => ({
      name: String(place + 1), value: onMap(point), symbolSize: 20,
      itemStyle: { color: colour(point.colour), borderColor: colour("land"), borderWidth: 2 },
      label: { show: true, formatter: "{b}", position: "inside", color: colour("land"), fontSize: 11, fontWeight: 700 },
    }));
    this.#near = points.length > 1 ? points.map(onMap) : null;
    this.#chart.setOption({ geo: this.#frame(), series: [{ id: "nodes", data }] });
  }

  // Longitude and latitude to pixels are two straight lines: [x0, x per degree, y0, y per degree].
  projection() {
    const [x1, y1] = this.#chart.convertToPixel("geo", [126, 34]);
    const [x2, y2] = this.#chart.convertToPixel("geo", [130, 38]);
    const dx = (x2 - x1) / 4, dy = (y2 - y1) / 4;
    return [x1 - 126 * dx, dx, y1 - 34 * dy, dy];
  }

  on(event, heard) {
    this.#chart.on(event, { seriesId: "nodes" }, heard);
  }

  raw(event, heard) {
    this.#chart.getZr().on(event, heard);
  }

  point(on) {
    this.#holder.style.cursor = on ? "pointer" : "";
  }
}
