// The map of Korea: borders and nodes by ECharts, and where on the screen a place is.
import * as echarts from "echarts/core";
import { ScatterChart } from "echarts/charts";
import { GeoComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([ScatterChart, GeoComponent, CanvasRenderer]);

const WEST = 124.4, EAST = 132.2, SOUTH = 32.9, NORTH = 38.8;
// What lies overseas stands at the map's edge.
const OVERSEAS = [130.75, 36.35];
const BIG = new Set(["fulfilment_centre", "cold", "bonded", "overseas_hub"]);

export const isBig = (kind) => BIG.has(kind);

export function colours() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

export function onMap(place) {
  const inside = place.lon > WEST && place.lon < EAST && place.lat > SOUTH && place.lat < NORTH;
  return inside ? [place.lon, place.lat] : OVERSEAS;
}

export function loadColour(colour, node) {
  if (node.state === "down") return colour("red");
  if (node.state === "closed" || node.load_ppm === null) return colour("idle");
  return echarts.color.lerp(Math.min(1, node.load_ppm / 1e6), [colour("load-0"), colour("load-1")]);
}

export class Korea {
  #chart;
  #holder;
  #names;
  #named = [];

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
    const { width, height } = this.#holder.getBoundingClientRect();
    const wide = width / height > 0.95;
    return { boundingCoords: [[wide ? 124.7 : 125.7, 38.65], [wide ? 131.0 : 130.0, 33.08]], left: 0, right: 0, top: 6, bottom: 6 };
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

  // Names stand above everything that moves; of two that would touch, the lower one goes to the other side.
  #name(nodes) {
    this.#named = nodes;
    const [x0, dx, y0, dy] = this.projection();
    const taken = [];
    this.#names.replaceChildren(...nodes.map((node) => {
      const x = x0 + dx * node.at[0], y = y0 + dy * node.at[1];
      const crowded = taken.some((each) => Math.abs(each.x - x) < 140 && Math.abs(each.y - y) < 18);
      const left = crowded || x > this.#holder.clientWidth - 160;
      taken.push({ x, y });
      const name = document.createElement("span");
      name.textContent = node.name;
      name.className = left ? "left" : "";
      name.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
      return name;
    }));
  }

  rename() {
    this.#name(this.#named);
  }

  points(points, roles) {
    const colour = colours();
    const data = points.map((point) => ({
      name: point.name, value: onMap(point), symbolSize: roles(point.role).size,
      itemStyle: { color: colour(roles(point.role).colour), borderColor: colour("land"), borderWidth: 2 },
      label: { show: true, formatter: "{b}", position: "right", color: colour("ink"), fontSize: 12, fontWeight: 600, textBorderColor: colour("land"), textBorderWidth: 3 },
    }));
    this.#chart.setOption({ series: [{ id: "nodes", data, labelLayout: { hideOverlap: true } }] });
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
