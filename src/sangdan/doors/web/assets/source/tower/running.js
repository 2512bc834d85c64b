// Charts of the running pages: drawn where a page asks for one, and only then is the library fetched.
const charts = document.querySelectorAll("[data-chart]");
if (charts.length) {
  const { draw } = await import("./charts.js");
  for (const place of charts) draw(place, place.dataset.chart, JSON.parse(place.querySelector("script").textContent));
}
