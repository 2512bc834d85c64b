// Every page: htmx, and the choice of light or dark.
import "htmx.org/dist/htmx.esm.js";

const root = document.documentElement;
const YEAR_S = 31536000;

function isDark() {
  const chosen = root.dataset.theme;
  return chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
}

document.getElementById("theme")?.addEventListener("click", () => {
  const theme = isDark() ? "light" : "dark";
  root.dataset.theme = theme;
  document.cookie = `sangdan_theme=${theme}; path=/; max-age=${YEAR_S}; samesite=lax`;
  dispatchEvent(new Event("themed"));
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => dispatchEvent(new Event("themed")));
