// Waiting: the button that was pressed shows it until the next page comes; whoever comes back finds it as it was.
addEventListener("submit", (event) => {
  if (!event.defaultPrevented) event.submitter?.classList.add("waiting");
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button.waiting")) button.classList.remove("waiting");
});
