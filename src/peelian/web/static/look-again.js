// Looks again whether what the page waits for has happened, so that nobody has to press reload. Without it there is a link.

const waiting = document.querySelector("[data-look-again]");
if (waiting) setTimeout(look, Number(waiting.dataset.lookAgain));

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-look-again]");
    if (!answer.ok || !fresh) return location.reload();
    if (fresh.innerHTML !== waiting.innerHTML) waiting.replaceChildren(...fresh.childNodes);
  } catch {
    // The server cannot be reached just now; look again later.
  }
  setTimeout(look, Number(waiting.dataset.lookAgain));
}
