// Finding: the arrow keys walk through what is suggested while one types; Escape puts it away.
const field = document.getElementById("q");
const suggestions = document.getElementById("suggestions");

function step(from, by) {
  const links = [field, ...suggestions.querySelectorAll("a")];
  links[(links.indexOf(from) + by + links.length) % links.length].focus();
}

field?.form.addEventListener("keydown", (event) => {
  if (!suggestions.firstElementChild) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    step(document.activeElement, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape") {
    suggestions.replaceChildren();
    field.focus();
  }
});
