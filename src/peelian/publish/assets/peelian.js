// What every page may use and none needs: without this script all of them work the same.

// A button pressed twice sends once.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.hasAttribute("data-once")) return;
  if (button.dataset.sent && Date.now() - Number(button.dataset.sent) < 2000) event.preventDefault();
  else button.dataset.sent = String(Date.now());
});

// What went wrong is read out first.
const problem = document.querySelector("[data-focus]");
if (problem) {
  problem.focus();
  document.title = `${problem.querySelector("h2")?.textContent.trim()}: ${document.title}`;
}

// A published page cannot know what time it is when it is read. The reader's computer does.
for (const bar of document.querySelectorAll("[data-out-of-date-after]")) {
  if (Date.now() > Date.parse(bar.dataset.outOfDateAfter)) {
    bar.hidden = false;
    document.querySelector(".p-built")?.remove();
  }
}

// A table that fits needs no stop of its own on the way through the page.
const settle = () => {
  for (const box of document.querySelectorAll(".p-table")) {
    if (box.scrollWidth > box.clientWidth + 1) box.setAttribute("tabindex", "0");
    else box.removeAttribute("tabindex");
  }
};
settle();
addEventListener("resize", settle);

// Printing is a button only where there is somebody to press it.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
