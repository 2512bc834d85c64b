// A table that has room keeps its head in sight while one scrolls; one that has not scrolls sideways in its holder.
const room = new ResizeObserver((changed) => {
  for (const { target } of changed) target.classList.toggle("fits", target.scrollWidth <= target.clientWidth);
});

export function watch(part) {
  for (const holder of part.querySelectorAll(".table-holder")) room.observe(holder);
}

watch(document);
