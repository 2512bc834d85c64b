// Buying: what the parts of a basket come to, while their ways are being chosen. Without us the next page says it.
const several = document.querySelector(".in-several");
const total = several?.querySelector("[data-total]");

function won(minor) {
  return total.dataset.total.replace("0", minor.toLocaleString("en")); // nothing at all, as the page's language writes it
}

function add() {
  let sum = 0;
  for (const way of several.querySelectorAll(".way input:checked")) {
    sum += Number(way.dataset.minor);
    several.querySelector(`[data-sum="${way.name}"]`).textContent = won(Number(way.dataset.minor));
    several.querySelector(`[data-when="${way.name}"]`).textContent = way.closest(".way").querySelector(".title").textContent;
  }
  total.textContent = won(sum);
}

if (total) several.addEventListener("change", (event) => event.target.matches(".way input") && add());
