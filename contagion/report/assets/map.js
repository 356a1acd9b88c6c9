// Maps: their outlines, colours and names, and how a reader zooms, moves and points. Both maps show the same part.

let shapes = []; // places, then provinces: path, middle of the largest ring, and box
const maps = []; // of each pane its elements
const frame = { x: 0, y: 0, scale: 1 }; // north-west corner and scale of the part that is shown
const CLOSEST = 60, NEAR = 22, DRAG = 5; // greatest scale; pixels of half a fingertip, and from which a hand moves
const UNKNOWN = "#bdbdbd"; // where there are no data

/** Of each outline its rings: their number, then of each its points and the way from point to point. */
function readOutlines(numbers) {
  const found = [];
  let at = 0, x = 0, y = 0;
  while (at < numbers.length) {
    const shape = { path: "", x: 0, y: 0, west: Infinity, east: -Infinity, north: Infinity, south: -Infinity };
    let largest = -1;
    for (let rings = numbers[at++]; rings > 0; rings--) {
      const points = numbers[at++], startX = x + numbers[at], startY = y + numbers[at + 1];
      let area = 0, right = 0, down = 0; // twice the area, and its first moments, from the first point
      for (let point = 0; point < points; point++) {
        const [lastX, lastY] = [x - startX, y - startY];
        const east = numbers[at++], south = numbers[at++];
        x += east, y += south;
        shape.path += point ? `${east} ${south} ` : `M${x} ${y}l`;
        if (point) {
          const cross = lastX * (y - startY) - (x - startX) * lastY;
          area += cross, right += cross * (lastX + x - startX), down += cross * (lastY + y - startY);
        }
        shape.west = Math.min(shape.west, x), shape.east = Math.max(shape.east, x);
        shape.north = Math.min(shape.north, y), shape.south = Math.max(shape.south, y);
      }
      shape.path += "z";
      if (Math.abs(area) <= largest) continue;
      largest = Math.abs(area);
      shape.x = startX + (area ? right / area / 3 : 0), shape.y = startY + (area ? down / area / 3 : 0);
    }
    found.push(shape);
  }
  return found;
}

function drawMap(number) {
  const svg = byId(number ? "second-map" : "map");
  const part = (kind, attributes) => svg.appendChild(element(kind, attributes));
  const group = part("g", { class: "places" });
  const paths = shapes.slice(0, places).map((shape, place) => element("path", { d: shape.path, "data-place": place }));
  group.append(...paths);
  part("path", { class: "borders", d: shapes.slice(places).map((shape) => shape.path).join("") });
  const province = part("path", { class: "province-border" }), place = part("path", { class: "place-border" });
  const map = { svg, paths, province, place, names: part("g", { class: "names", "aria-hidden": "true" }) };
  maps.push(map);
  listenToMap(map);
}

function paint(number) {
  const pane = view.panes[number], { paths } = maps[number];
  const { breaks, colours, labels } = classesOf(pane);
  const shown = shownRow(pane), diverging = differs(pane);
  let missing = false;
  for (let place = 0; place < places; place++) {
    const found = classOf(value(pane, pane.strategy, shown, place), breaks, diverging);
    const colour = colours[found] ?? UNKNOWN;
    missing ||= found < 0;
    if (paths[place].getAttribute("fill") !== colour) paths[place].setAttribute("fill", colour);
  }
  const entries = labels.map((label, found) => entry(swatch(colours[found]), label));
  byId(number ? "second-legend" : "legend").replaceChildren(...entries, ...(missing ? [entry(swatch(UNKNOWN), say("no_data"))] : []));
  byId(number ? "second-shown" : "shown").textContent = titleOf(pane);
}

// Zoom

const units = (map) => 1 / (map.svg.getScreenCTM()?.a || 1); // of the map in a pixel
const at = (map, event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(map.svg.getScreenCTM().inverse());

const bounded = (scale) => Math.min(CLOSEST, Math.max(1, scale));

function setFrame(x, y, scale) {
  frame.scale = bounded(scale);
  frame.x = Math.min(data.width * (1 - 1 / frame.scale), Math.max(0, x));
  frame.y = Math.min(data.height * (1 - 1 / frame.scale), Math.max(0, y));
  for (const { svg } of maps) {
    svg.setAttribute("viewBox", [frame.x, frame.y, data.width / frame.scale, data.height / frame.scale].join(" "));
    svg.classList.toggle("near", frame.scale > 1);
  }
  byId("zoom-out").disabled = byId("zoom-all").disabled = frame.scale === 1;
  byId("zoom-in").disabled = frame.scale === CLOSEST;
  nameSoon();
  keepAddress();
}

/** Zooms about a point of the map, which stays where it is. */
function zoom(factor, { x, y } = { x: frame.x + data.width / frame.scale / 2, y: frame.y + data.height / frame.scale / 2 }) {
  const scale = bounded(frame.scale * factor);
  setFrame(x - (x - frame.x) * frame.scale / scale, y - (y - frame.y) * frame.scale / scale, scale);
}

/** Shows a province, or the whole region. */
function zoomTo(province) {
  if (!several) return;
  if (!province) return setFrame(0, 0, 1);
  const { west, east, north, south } = shapes[places + province - 1];
  const scale = 0.9 * Math.min(data.width / (east - west), data.height / (south - north));
  centre((west + east) / 2, (north + south) / 2, Math.max(1, scale));
}

const centre = (x, y, scale) => setFrame(x - data.width / scale / 2, y - data.height / scale / 2, scale);

/** Moves the part that is shown to a place outside it; from the whole region, nothing is outside. */
function follow(place, least = 1) {
  const { x, y } = shapes[place], scale = Math.max(least, frame.scale);
  const inside = x > frame.x && y > frame.y && x < frame.x + data.width / frame.scale && y < frame.y + data.height / frame.scale;
  if (!inside || scale > frame.scale) centre(x, y, scale);
}

// Names

let naming; // the frame of the browser for which names are placed
let byResidents = []; // places, those with most residents first

function nameSoon() {
  naming ??= requestAnimationFrame(() => {
    naming = undefined;
    maps.forEach(placeNames);
  });
}

/** Names of provinces, the largest first, and from near also of places, where they meet no name that stands already. */
function placeNames(map) {
  if (!map.svg.getClientRects().length) return;
  const unit = units(map), taken = [], texts = [];
  const east = frame.x + data.width / frame.scale, south = frame.y + data.height / frame.scale;
  const add = (text, shape, size, kind, room) => {
    const half = (0.31 * size * text.length + 3) * unit, tall = 0.7 * size * unit;
    const box = [shape.x - half, shape.y - tall, shape.x + half, shape.y + tall];
    if (2 * half > room * (shape.east - shape.west)) return;
    if (box[0] < frame.x || box[1] < frame.y || box[2] > east || box[3] > south) return;
    if (taken.some(([left, top, right, foot]) => box[0] < right && left < box[2] && box[1] < foot && top < box[3])) return;
    taken.push(box);
    const attributes = { x: shape.x, y: shape.y + 0.35 * size * unit, "font-size": size * unit, "stroke-width": 3 * unit, class: kind };
    texts.push(element("text", attributes, text));
  };
  const provinces = data.states.map((name, number) => ({ name, shape: shapes[places + number] }));
  const width = ({ shape }) => shape.east - shape.west;
  provinces.sort((one, other) => width(other) - width(one));
  if (provinces.length > 1) provinces.forEach(({ name, shape }) => add(name, shape, 12, "province-name", 1.6));
  for (const place of frame.scale >= 2 || places < 100 ? byResidents : []) {
    if (texts.length > 60) break;
    add(data.names[place], shapes[place], 11, "place-name", 3);
  }
  map.names.replaceChildren(...texts);
}

// Pointing

/** The place that was meant: by touch the nearest middle under the fingertip, else the place itself or one close by. */
function meant(map, event) {
  const hit = document.elementFromPoint(event.clientX, event.clientY)?.dataset.place; // the map holds the pointer
  if (hit !== undefined && event.pointerType !== "touch") return Number(hit);
  const point = at(map, event);
  let nearest, least = NEAR * units(map);
  for (let place = 0; place < places; place++) {
    const away = Math.hypot(shapes[place].x - point.x, shapes[place].y - point.y);
    if (away < least) nearest = place, least = away;
  }
  return nearest ?? (hit === undefined ? undefined : Number(hit));
}

/** A small sign at a point of the window with the name of a place and its value on the map. */
function tip(map, place, x, y) {
  const sign = byId("tip");
  sign.hidden = place === undefined;
  if (sign.hidden) return;
  const pane = view.panes[maps.indexOf(map)], shown = shownRow(pane);
  sign.textContent = `${nameOf(place)}: ${words(pane, value(pane, pane.strategy, shown, place), shown)}`;
  const { width, height } = sign.getBoundingClientRect(), room = document.documentElement.clientWidth;
  sign.style.left = `${Math.max(4, Math.min(x + 12, room - width - 4))}px`;
  sign.style.top = `${y > height + 20 ? y - height - 12 : y + 20}px`;
}

function over(map, place, event) {
  view.hovered = place ?? null;
  showPlace();
  tip(map, place, event.clientX, event.clientY);
}

/** The nearest place to the left, right, above or below the pinned one. */
function neighbour(key) {
  const here = shapes[view.pinned];
  const [right, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  let nearest = view.pinned, least = Infinity;
  for (let place = 0; place < places; place++) {
    const east = shapes[place].x - here.x, south = shapes[place].y - here.y;
    const ahead = east * right + south * down, aside = Math.abs(east * down + south * right);
    if (ahead > 0 && aside <= ahead && ahead + 2 * aside < least) nearest = place, least = ahead + 2 * aside;
  }
  return nearest;
}

function onKey(event) {
  const middle = shapes[view.pinned];
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.startsWith("Arrow")) pin(neighbour(event.key)), follow(view.pinned);
  else if (event.key === "+" || event.key === "=") zoom(1.5, middle), follow(view.pinned);
  else if (event.key === "-") zoom(1 / 1.5, middle);
  else if (event.key === "0") setFrame(0, 0, 1);
  else if (event.key === "Escape") byId("tip").hidden = true;
  else return;
  event.preventDefault();
}

/** With Ctrl, or on the map that has the focus; anywhere else the wheel moves the page, as it does from the whole region outwards. */
function onWheel(map, event) {
  if (!event.ctrlKey && !event.metaKey && document.activeElement !== map.svg) return;
  if (!event.ctrlKey && event.deltaY > 0 && frame.scale === 1) return;
  event.preventDefault();
  zoom(Math.exp(-Math.max(-100, Math.min(100, event.deltaY)) * (event.ctrlKey ? 0.01 : 0.003)), at(map, event));
}

/** Drags with one pointer, pinches with two. */
function listenToMap(map) {
  const held = new Map();
  let moved = false;
  const middle = () => {
    const points = [...held.values()];
    const mean = (name) => points.reduce((sum, point) => sum + point[name], 0) / points.length;
    const [one, other = one] = points;
    return { clientX: mean("clientX"), clientY: mean("clientY"), apart: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) };
  };
  const released = (event) => held.delete(event.pointerId);
  map.svg.addEventListener("pointerdown", (event) => {
    if (!held.size) moved = false;
    held.set(event.pointerId, event);
    map.svg.setPointerCapture(event.pointerId);
  });
  map.svg.addEventListener("pointermove", (event) => {
    if (!held.has(event.pointerId)) return event.pointerType === "mouse" && over(map, meant(map, event), event);
    const [before, last] = [middle(), held.get(event.pointerId)];
    if (!moved && held.size < 2 && Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < DRAG) return;
    moved = true;
    const fixed = at(map, before);
    held.set(event.pointerId, event);
    const now = middle();
    const scale = frame.scale * (before.apart && now.apart ? now.apart / before.apart : 1);
    const bound = bounded(scale), { x, y } = at(map, now), closer = frame.scale / bound;
    setFrame(fixed.x - (x - frame.x) * closer, fixed.y - (y - frame.y) * closer, bound);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) map.svg.addEventListener(end, released);
  map.svg.addEventListener("pointerleave", (event) => {
    if (!held.has(event.pointerId) && event.pointerType === "mouse") over(map, undefined, event);
  });
  map.svg.addEventListener("click", (event) => {
    const place = moved ? undefined : meant(map, event);
    if (place === undefined) return;
    pin(place);
    tip(map, place, event.clientX, event.clientY);
  });
  map.svg.addEventListener("keydown", onKey);
  map.svg.addEventListener("wheel", (event) => onWheel(map, event), { passive: false });
}
