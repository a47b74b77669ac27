// A chart that can be worked with: points are chosen and dragged, the picture is zoomed, a slider narrows the time.
// Everything that it does to what is shown can be done by the forms below it too; nothing is looked up here.

const svg = document.querySelector("#picture svg.pf-chart");
if (svg) begin();

function begin() {
  const region = document.getElementById("picture");
  const points = new Map([...svg.querySelectorAll("[data-point]")].map((g) => [g.dataset.point, { g, ...where(g), ties: [] }]));
  const ties = [...svg.querySelectorAll("[data-tie]")].map((g) => ({
    g,
    one: points.get(g.dataset.one),
    other: points.get(g.dataset.other),
    days: g.dataset.days ? g.dataset.days.split(" ") : [],
  }));
  for (const tie of ties) for (const end of [tie.one, tie.other]) end.ties.push(tie);
  const whole = svg.viewBox.baseVal;
  const home = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  let chosen = null;

  document.querySelectorAll("[data-with-script]").forEach((e) => (e.hidden = false));
  document.querySelectorAll("[data-without-script]").forEach((e) => (e.hidden = true));
  document.getElementById("view").hidden = false;

  // Choosing

  const bar = document.getElementById("chosen");
  const select = document.getElementById("point");
  const pages = new Map([...document.querySelectorAll("#links a")].map((a) => [a.textContent.trim(), a.href]));

  function choose(point) {
    chosen = point;
    for (const p of points.values()) p.g.classList.toggle("pf-chart__point--chosen", p === point);
    const near = new Set(point ? [point, ...point.ties.flatMap((t) => [t.one, t.other])] : []);
    svg.classList.toggle("pf-chart--looking", Boolean(point));
    for (const p of points.values()) p.g.classList.toggle("pf-chart__near", near.has(p));
    for (const t of ties) t.g.classList.toggle("pf-chart__near", point !== null && (t.one === point || t.other === point));
    bar.hidden = !point;
    if (!point) return;
    const token = point.g.dataset.token;
    select.value = token ?? "";
    for (const other of [document.getElementById("start"), document.getElementById("end")]) {
      if (token && !other.value && !(other.id === "end" && document.getElementById("start").value === token)) {
        other.value = token;
        break;
      }
    }
    const name = nameOf(point);
    document.getElementById("chosen-name").textContent = name;
    for (const button of bar.querySelectorAll("[form]")) button.hidden = !token;
    const page = document.getElementById("chosen-page");
    page.hidden = !pages.has(name);
    if (!page.hidden) page.href = pages.get(name);
  }

  function nameOf(point) {
    return select.querySelector(`option[value="${CSS.escape(point.g.dataset.token ?? "-")}"]`)?.textContent ?? point.g.querySelector("title").textContent;
  }

  document.getElementById("chosen-none").addEventListener("click", () => {
    const back = chosen?.g.closest("a");
    choose(null);
    back?.focus();
  });
  svg.addEventListener("keydown", (event) => event.key === "Escape" && choose(null));
  svg.addEventListener("click", (event) => {
    const g = event.target.closest("[data-point]") ?? event.target.closest("a")?.querySelector("[data-point]");
    if (!g) return choose(null);
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (moved) return (moved = false);
    choose(points.get(g.dataset.point));
    if (event.detail === 0) bar.querySelector("button:not([hidden])").focus(); // chosen by keyboard
  });
  select.addEventListener("change", () => {
    const found = [...points.values()].find((p) => p.g.dataset.token === select.value);
    if (found) choose(found);
  });

  // Taking it out: the numbered picture that the server hands over, drawn as pixels

  const png = document.getElementById("as-png");
  png.hidden = false;
  png.addEventListener("click", async () => {
    png.disabled = true;
    try {
      await takeAsPixels(document.getElementById("files"));
    } finally {
      png.disabled = false;
    }
  });

  // Dragging points, and the picture where there is none

  let held = null;
  let moved = false;
  const placed = new Map();
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    const g = event.target.closest("[data-point]");
    const at = onPaper(event);
    moved = false;
    held = g ? { point: points.get(g.dataset.point), dx: at.x, dy: at.y } : { view: { x: whole.x, y: whole.y }, px: event.clientX, py: event.clientY };
    if (held.point) Object.assign(held, { dx: held.point.x - at.x, dy: held.point.y - at.y });
  });
  window.addEventListener("pointermove", (event) => {
    if (!held) return;
    if (held.point) {
      const at = onPaper(event);
      const x = Math.round(Math.min(Math.max(at.x + held.dx, 20), home.width - 20));
      const y = Math.round(Math.min(Math.max(at.y + held.dy, 20), home.height - 20));
      if (!moved && Math.hypot(x - held.point.x, y - held.point.y) < 4) return;
      moved = true;
      move(held.point, x, y);
    } else {
      const scale = whole.width / svg.getBoundingClientRect().width;
      whole.x = held.view.x - (event.clientX - held.px) * scale;
      whole.y = held.view.y - (event.clientY - held.py) * scale;
    }
  });
  window.addEventListener("pointerup", () => {
    if (held?.point && moved && held.point.g.dataset.token) {
      placed.set(held.point.g.dataset.token, held.point);
      const said = [...placed].map(([token, p]) => `${token} ${Math.max(0, Math.round(p.x - 90))} ${Math.max(0, Math.round(p.y - 48))}`);
      for (const field of document.querySelectorAll("[data-placed]")) field.value = said.join("\n");
      document.getElementById("place").hidden = false;
    }
    held = null;
    setTimeout(() => (moved = false));
  });

  function move(point, x, y) {
    Object.assign(point, { x, y });
    point.g.setAttribute("transform", `translate(${x} ${y})`);
    for (const tie of point.ties) {
      const line = tie.g.querySelector("line");
      const [a, b] = tie.one === point ? ["x1", "y1"] : ["x2", "y2"];
      line.setAttribute(a, x);
      line.setAttribute(b, y);
      tie.g.querySelector("g")?.setAttribute("transform", `translate(${(tie.one.x + tie.other.x) / 2} ${(tie.one.y + tie.other.y) / 2})`);
    }
  }

  function onPaper(event) {
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  }

  // Zooming

  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
  }
  region.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // a page that scrolls under the wheel is worth more than a picture that does
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.25 : 0.8, onPaper(event));
  }, { passive: false });

  function zoom(by, around) {
    if (!by) return Object.assign(whole, home);
    const width = Math.min(Math.max(whole.width / by, home.width / 8), home.width);
    const share = width / whole.width;
    const middle = around ?? { x: whole.x + whole.width / 2, y: whole.y + whole.height / 2 };
    whole.x = middle.x - (middle.x - whole.x) * share;
    whole.y = middle.y - (middle.y - whole.y) * share;
    whole.height *= share;
    whole.width = width;
    if (share === 1 && by < 1) Object.assign(whole, home);
  }

  // Time

  const slider = document.getElementById("slider");
  const all = ties.flatMap((t) => t.days).sort();
  if (all.length && all[0] !== all.at(-1)) slide(all[0], all.at(-1));

  function slide(first, last) {
    const [from, to] = ["from", "to"].map((end) => document.getElementById(`slide-${end}`));
    const days = (Date.parse(last) - Date.parse(first)) / 86400000;
    const dayOf = (n) => new Date(Date.parse(first) + n * 86400000).toISOString().slice(0, 10);
    const words = new Intl.DateTimeFormat(document.documentElement.lang || "en-GB", { dateStyle: "medium", timeZone: "UTC" });
    for (const input of [from, to]) Object.assign(input, { min: 0, max: days });
    from.value = 0;
    to.value = days;
    slider.hidden = false;
    const status = slider.querySelector("[role=status]");
    const rows = [...document.querySelectorAll("#links tbody tr")];

    function narrow() {
      if (Number(from.value) > Number(to.value)) (document.activeElement === from ? to : from).value = (document.activeElement === from ? from : to).value;
      const [a, b] = [dayOf(Number(from.value)), dayOf(Number(to.value))];
      const untouched = Number(from.value) === 0 && Number(to.value) === days;
      let shown = 0;
      for (const [i, tie] of ties.entries()) {
        const in_time = untouched || tie.days.some((day) => day >= a && day <= b);
        shown += in_time;
        tie.g.classList.toggle("pf-chart__gone", !in_time);
        rows[i]?.toggleAttribute("hidden", !in_time);
      }
      for (const p of points.values()) {
        const tied = p.ties.some((t) => !t.g.classList.contains("pf-chart__gone"));
        p.g.classList.toggle("pf-chart__gone", !tied && !p.g.classList.contains("pf-chart__point--opened"));
      }
      slider.querySelector("output[for=slide-from]").textContent = words.format(Date.parse(a));
      slider.querySelector("output[for=slide-to]").textContent = words.format(Date.parse(b));
      for (const [input, day] of [[from, a], [to, b]]) input.setAttribute("aria-valuetext", words.format(Date.parse(day)));
      status.textContent = status.dataset.says.replace("{0}", shown).replace("{1}", ties.length);
    }

    for (const input of [from, to]) input.addEventListener("input", narrow);
    document.getElementById("slide-keep").addEventListener("click", () => {
      document.getElementById("since").value = dayOf(Number(from.value));
      document.getElementById("to").value = dayOf(Number(to.value));
      document.querySelector("#whole button[value=filter]").click();
    });
    narrow();
  }
}

async function takeAsPixels(form) {
  const fields = new URLSearchParams(new FormData(form));
  fields.set("form", "svg");
  const answer = await fetch(form.action, { method: "POST", body: fields, credentials: "same-origin" });
  if (!answer.ok || !answer.headers.get("content-type").startsWith("image/svg")) return form.querySelector("[value=svg]").click();
  const name = /filename="([^"]+)\.svg"/.exec(answer.headers.get("content-disposition"))[1];
  const picture = new Image();
  picture.src = URL.createObjectURL(await answer.blob());
  await picture.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: picture.naturalWidth * 2, height: picture.naturalHeight * 2 });
  const paper = canvas.getContext("2d");
  paper.fillStyle = "#fff";
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.drawImage(picture, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(picture.src);
  const link = Object.assign(document.createElement("a"), { download: `${name}.png` });
  canvas.toBlob((pixels) => {
    link.href = URL.createObjectURL(pixels);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}

function where(g) {
  const [x, y] = g.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
  return { x, y };
}
