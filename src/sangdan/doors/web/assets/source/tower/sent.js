// What was sent is on its way: its button says so, and takes no second press until the answer is the page.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.ariaBusy) event.preventDefault();
  form.ariaBusy = "true";
  event.submitter?.classList.add("waiting");
});

// Going back, the page is as it was before.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.ariaBusy = null;
  for (const button of document.querySelectorAll(".waiting")) button.classList.remove("waiting");
});
