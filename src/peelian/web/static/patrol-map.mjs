// Marking on a map: a tap, or Enter under the cross, ticks the same boxes that the list has. Without this script the
// list and the drawing do all of it; the map is put in their place only once it works.

import * as maplibregl from "./maplibre-gl.mjs";

maplibregl.setWorkerUrl(new URL("./maplibre-gl-worker.mjs", import.meta.url).href);

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const form = document.getElementById("marking");
const box = document.getElementById("map");
const chosen = document.getElementById("chosen");
const max = Number(form.dataset.max);

const boxes = () => [...form.querySelectorAll("input[name=place]")];
const ticked = () => boxes().filter((input) => input.checked);

const response = await fetch(box.dataset.squares, { credentials: "same-origin" });
if (!response.ok) throw new Error("the squares of the map did not come");
const ground = await response.json();
const names = new Map(ground.squares.features.map((f) => [f.properties.cell, f.properties.name]));
const middles = new Map(ground.squares.features.map((f) => [f.properties.cell, middleOf(f.geometry.coordinates[0])]));

box.hidden = false;
const map = await drawn();
document.getElementById("drawing").hidden = true;
document.getElementById("map-help").hidden = false;
let pins = [];
settle();

form.addEventListener("change", settle);
map.on("click", (event) => toggle(squareAt(event.point)));
box.addEventListener("pointerdown", () => box.classList.remove("pp-map--keyed"));
box.addEventListener("keydown", (event) => {
  box.classList.add("pp-map--keyed");
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  toggle(squareAt(map.project(map.getCenter())));
});
map.getCanvas().addEventListener("focus", () => {
  if (map.getCanvas().matches(":focus-visible")) box.classList.add("pp-map--keyed");
});

const under = Object.assign(document.createElement("p"), { className: "pp-under" });
under.setAttribute("aria-hidden", "true");
box.append(under);
map.on("mousemove", (event) => (under.textContent = names.get(squareAt(event.point)) ?? ""));
map.on("mouseout", () => (under.textContent = ""));
map.on("moveend", () => {
  if (!box.classList.contains("pp-map--keyed")) return;
  const name = names.get(squareAt(map.project(map.getCenter())));
  under.textContent = name ?? "";
  say(name ?? "Outside the area.");
});

function middleOf(ring) {
  return [(ring[0][0] + ring[2][0]) / 2, (ring[0][1] + ring[2][1]) / 2];
}

function drawn() {
  const lines = ground.outline.geometry.coordinates.flat();
  const bounds = lines.reduce((b, p) => b.extend(p), new maplibregl.LngLatBounds(lines[0], lines[0]));
  const made = new maplibregl.Map({
    container: box,
    style: styleOf(),
    bounds,
    fitBoundsOptions: { padding: 16 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    maxZoom: 18,
    // A page that scrolls under one finger is worth more than a map that does.
    cooperativeGestures: matchMedia("(pointer: coarse)").matches,
  });
  made.touchZoomRotate.disableRotation();
  made.keyboard.disableRotation();
  made.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  made.addControl(new maplibregl.ScaleControl({ maxWidth: 120 }), "bottom-left");
  made.getCanvas().setAttribute("aria-label", "Map of the area. Enter marks the square under the cross.");
  return new Promise((done) => made.once("load", () => done(made)));
}

function styleOf() {
  const source = (data) => ({ type: "geojson", data });
  const line = (id, color, width) => ({ id, type: "line", source: id, paint: { "line-color": color, "line-width": width } });
  return {
    version: 8,
    sources: {
      squares: { ...source(ground.squares), promoteId: "cell" },
      outline: source(ground.outline),
      streets: source(ground.streets),
      parks: source(ground.parks),
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": "#fbfbf9" } },
      line("parks", "#b9cfa6", 2),
      line("streets", "#b3b8b4", ["interpolate", ["linear"], ["zoom"], 11, 0.7, 16, 4]),
      { id: "tap", type: "fill", source: "squares", paint: { "fill-color": "#8a3d00", "fill-opacity": ["case", ["boolean", ["feature-state", "ticked"], false], 0.18, 0] } },
      { id: "grid", type: "line", source: "squares", minzoom: 13, paint: { "line-color": "#9fb0a8", "line-width": 0.5 } },
      { id: "marked", type: "line", source: "squares", paint: { "line-color": "#8a3d00", "line-width": ["case", ["boolean", ["feature-state", "ticked"], false], 2.5, 0] } },
      line("outline", "#17211d", 1.6),
    ],
  };
}

function squareAt(point) {
  return map.queryRenderedFeatures(point, { layers: ["tap"] })[0]?.properties.cell;
}

function toggle(cell) {
  if (!cell) return say("Outside the area.");
  const input = boxes().find((b) => b.value === cell) ?? added(cell);
  if (!input.checked && ticked().length >= max) return say(`At most ${max}. Take one off first.`);
  input.checked = !input.checked;
  settle();
  say(`${names.get(cell)}: ${input.checked ? "marked" : "taken off"}. ${ticked().length} of ${max}.`);
}

function added(cell) {
  const item = document.createElement("div");
  item.className = "govuk-checkboxes__item";
  const input = Object.assign(document.createElement("input"), { type: "checkbox", name: "place", value: cell, id: `p-${cell}`, className: "govuk-checkboxes__input" });
  const label = Object.assign(document.createElement("label"), { htmlFor: input.id, className: "govuk-label govuk-checkboxes__label" });
  const letter = Object.assign(document.createElement("b"), { className: "pp-letter" });
  label.append(letter, Object.assign(document.createElement("span"), { textContent: names.get(cell) }));
  item.append(input, label);
  chosen.append(item);
  return input;
}

// Pins bear the letter that the list has; what the map put into the list goes again when it is taken off.
function settle() {
  for (const input of boxes()) {
    if (!input.checked && input.closest("#chosen") && input !== document.activeElement) input.closest(".govuk-checkboxes__item").remove();
  }
  for (const pin of pins) pin.remove();
  map.removeFeatureState({ source: "squares" });
  pins = ticked().map((input, i) => {
    const face = Object.assign(document.createElement("div"), { className: "pp-pin", textContent: LETTERS[i] });
    const letter = input.closest("#chosen") && input.labels[0]?.querySelector(".pp-letter");
    if (letter) letter.textContent = LETTERS[i];
    map.setFeatureState({ source: "squares", id: input.value }, { ticked: true });
    return new maplibregl.Marker({ element: face }).setLngLat(middles.get(input.value)).addTo(map);
  });
  document.getElementById("none").hidden = pins.length > 0;
  document.getElementById("tally").textContent = `${pins.length} of ${max}`;
}

function say(words) {
  let live = document.getElementById("map-says");
  if (!live) {
    live = Object.assign(document.createElement("p"), { id: "map-says", className: "p-small" });
    live.setAttribute("role", "status");
    document.getElementById("map-help").after(live);
  }
  live.textContent = words;
}
