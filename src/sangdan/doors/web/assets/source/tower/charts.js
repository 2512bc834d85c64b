// Few kinds of charts, all of them plain: a course over time, bars to both sides of nothing, hours beside their limit.
import * as echarts from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
import { count, dayOf, money, timeOf } from "../page/words.js";
import { colours } from "./korea.js";

echarts.use([BarChart, LineChart, GridComponent, TooltipComponent, CanvasRenderer]);

const KINDS = { course, owed, hours };
const WIDEST_NAME = 160;
const DAY_MS = 864e5;

export function draw(place, kind, told) {
  const canvas = document.createElement("div");
  canvas.className = "canvas";
  place.append(canvas);
  const chart = echarts.init(canvas, null, { renderer: "canvas" });
  const paint = () => chart.setOption({ animation: false, ...KINDS[kind](told, colours()) }, true);
  paint();
  new ResizeObserver(() => chart.resize()).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

function frame(colour) {
  return {
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 8, right: 12, top: 14, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis", confine: true, backgroundColor: colour("raised"), borderColor: colour("line"),
      textStyle: { color: colour("ink"), fontSize: 13 }, axisPointer: { lineStyle: { color: colour("border") } },
    },
  };
}

const quiet = (colour) => ({ color: colour("ink-2"), fontSize: 12 });

// told: points of (milliseconds, units), ascending
function course(told, colour) {
  return {
    ...frame(colour),
    xAxis: { type: "time", minInterval: DAY_MS, axisLine: { lineStyle: { color: colour("line") } }, axisLabel: { ...quiet(colour), formatter: dayOf, hideOverlap: true, alignMinLabel: "left", alignMaxLabel: "right" }, splitLine: { show: false } },
    yAxis: { type: "value", minInterval: 1, axisLabel: { ...quiet(colour), formatter: count }, splitLine: { lineStyle: { color: colour("line") } } },
    tooltip: { ...frame(colour).tooltip, formatter: ([{ value }]) => `${dayOf(value[0])} ${timeOf(value[0])}<br><b>${count(value[1])}</b> ${told.unit}` },
    series: [{ type: "line", step: "end", symbol: "none", data: told.points, lineStyle: { color: colour("jade"), width: 2 }, areaStyle: { color: colour("jade"), opacity: 0.1 } }],
  };
}

// told: names, and amounts that are owed to them, negative where they owe
function owed(told, colour) {
  return {
    ...frame(colour),
    grid: { ...frame(colour).grid, right: 28 },
    xAxis: { type: "value", splitNumber: 3, axisLabel: { ...quiet(colour), formatter: (minor) => money(minor, told.currency), hideOverlap: true }, splitLine: { lineStyle: { color: colour("line") } } },
    yAxis: { type: "category", inverse: true, data: told.names, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { ...quiet(colour), width: WIDEST_NAME, overflow: "truncate" } },
    tooltip: { ...frame(colour).tooltip, valueFormatter: (minor) => money(minor, told.currency) },
    series: [{ type: "bar", barMaxWidth: 18, data: told.minor.map((value) => ({ value, itemStyle: { color: colour(value < 0 ? "amber-dot" : "jade"), borderRadius: 3 } })) }],
  };
}

// told: hours as (milliseconds, parcels), and how many an hour can take
function hours(told, colour) {
  return {
    ...frame(colour),
    xAxis: { type: "category", data: told.hours.map(([at]) => at), axisTick: { show: false }, axisLine: { lineStyle: { color: colour("line") } }, axisLabel: { ...quiet(colour), formatter: (at) => timeOf(Number(at)), hideOverlap: true } },
    yAxis: { type: "value", minInterval: 1, axisLabel: { ...quiet(colour), formatter: count }, splitLine: { lineStyle: { color: colour("line") } } },
    tooltip: { ...frame(colour).tooltip, formatter: ([{ name, value }]) => `${dayOf(Number(name))} ${timeOf(Number(name))}<br><b>${count(value)}</b> / ${count(told.most)}` },
    series: [{ type: "bar", barMaxWidth: 22, data: told.hours.map(([, value]) => ({ value, itemStyle: { color: colour(value >= told.most ? "red" : "load-1"), borderRadius: [3, 3, 0, 0] } })) }],
  };
}
