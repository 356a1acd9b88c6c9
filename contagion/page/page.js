"use strict";
// Reads what report.py put into the page: `data`, outlines of places, and blocks of levels by variable and strategy.

const byId = (name) => document.getElementById(name);
const data = JSON.parse(byId("data").textContent);
const times = data.times.length;
const places = data.names.length;
const several = places > 1;
const TOP = 254, ZERO = 127, MISSING = 255; // levels, as in packing.py
const CHANGE = data.statistics.length; // the row of a block after its statistics
const formats = Array.from({ length: 9 }, (_, digits) => new Intl.NumberFormat("en", {
  maximumSignificantDigits: 3, maximumFractionDigits: digits, roundingPriority: "lessPrecision",
}));
const number = formats[8];
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const view = {
  variable: 0, strategy: 0, statistic: 0, difference: false, time: times - 1,
  pinned: data.residents.indexOf(Math.max(...data.residents)), hovered: null, state: null, blocks: [],
};
let shapes = []; // places, then states: path, and the middle of its points
let paths = []; // elements of places

// Numbers

async function inflate(name) {
  if (!byId(name)) { // what the browser has not read yet
    await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
  }
  const packed = Uint8Array.from(atob(byId(name).textContent), (letter) => letter.charCodeAt(0));
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

/** The levels of a variable under one strategy [statistic, place, time], kept as steps from period to period. */
async function load(variable, strategy) {
  const levels = await inflate(`block-${variable}-${strategy}`);
  for (let at = 0; at < levels.length; at++) {
    if (at % times) levels[at] += levels[at - 1];
  }
  return levels;
}

const described = () => data.variables[view.variable];
const level = (strategy, row, place, time = view.time) => view.blocks[strategy][(row * places + place) * times + time];

function worth(found, row) {
  if (found === MISSING) return null;
  if (row !== CHANGE) return described().top * (found / TOP) ** 2;
  const share = found / ZERO - 1;
  return described().change_top * share * Math.abs(share);
}

/** The format with no more decimals than the distance between levels bears out. */
function precise(value, row) {
  const [top, levels] = row === CHANGE ? [described().change_top, ZERO] : [described().top, TOP];
  const apart = Math.max(2 * Math.sqrt(Math.abs(value) * top) / levels, top / levels ** 2);
  return formats[Math.min(8, Math.max(0, Math.floor(-Math.log10(apart))))];
}

const signed = (value, text = number) => (value > 0 ? "+" : "") + text.format(value).replace("-", "\u2212");

function words(found, row) {
  if (found === MISSING) return "no data";
  const value = worth(found, row);
  const text = row === CHANGE ? signed(value, precise(value, row)) : precise(value, row).format(value);
  if (found === TOP) return `at least ${text}`;
  return row === CHANGE && found === 0 ? `at most ${text}` : text;
}

/** The class of a value: one starts at each break; below zero of a scale of changes, one ends there. */
function classOf(value, breaks, diverging) {
  if (value === null) return -1;
  if (!diverging) return breaks.filter((least) => least <= value).length;
  const middle = breaks.length / 2;
  const steps = breaks.slice(middle).filter((least) => least <= Math.abs(value)).length;
  return value < 0 ? middle - steps : middle + steps;
}

// Elements

function element(kind, attributes = {}, text = "") {
  const spaces = { svg: 1, path: 1, line: 1, text: 1, rect: 1 };
  const made = kind in spaces ? document.createElementNS("http://www.w3.org/2000/svg", kind) : document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

function row(head, cells, chosen) {
  const line = element("tr", chosen ? { class: "chosen" } : {});
  line.append(element("th", { scope: "row" }, head), ...cells.map((cell) => element("td", {}, cell)));
  return line;
}

function entry(symbol, text) {
  const item = element("li");
  const picture = element("svg", { viewBox: "0 0 14 9", "aria-hidden": "true" });
  picture.append(symbol);
  item.append(picture, element("span", {}, text));
  return item;
}

function fill(select, labels) {
  select.append(...labels.map((label, value) => element("option", { value }, label)));
}

// Map

/** Of each outline its rings: their number, then of each its points and the way from point to point. */
function readOutlines(numbers) {
  const found = [];
  let at = 0, x = 0, y = 0;
  while (at < numbers.length) {
    let path = "", count = 0, east = 0, south = 0;
    for (let rings = numbers[at++]; rings > 0; rings--) {
      const points = numbers[at++];
      for (let point = 0; point < points; point++) {
        const right = numbers[at++], down = numbers[at++];
        x += right, y += down, east += x, south += y, count++;
        path += point ? `${right} ${down} ` : `M${x} ${y}l`;
      }
      path += "z";
    }
    found.push({ path, x: east / count, y: south / count });
  }
  return found;
}

async function drawMap() {
  shapes = readOutlines(new Int32Array((await inflate("outlines")).buffer));
  paths = shapes.slice(0, places).map((shape, place) => element("path", { d: shape.path, "data-place": place }));
  byId("map").setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  byId("places").append(...paths);
  byId("borders").setAttribute("d", shapes.slice(places).map((shape) => shape.path).join(""));
}

function paint() {
  const shown = view.difference ? CHANGE : view.statistic;
  const classes = view.difference ? described().change_classes : described().classes;
  const colours = Array.from({ length: 256 }, (_, found) =>
    classes.colours[classOf(worth(found, shown), classes.breaks, view.difference)] ?? "#fff");
  let missing = false;
  for (let place = 0; place < places; place++) {
    const found = level(view.strategy, shown, place);
    missing ||= found === MISSING;
    if (paths[place].getAttribute("fill") !== colours[found]) paths[place].setAttribute("fill", colours[found]);
  }
  const box = (colour) => element("rect", { width: 14, height: 9, fill: colour, stroke: "#5c5c5c", "stroke-width": 0.5 });
  const entries = classes.labels.map((label, number) => entry(box(classes.colours[number]), label));
  byId("legend").replaceChildren(...entries, ...(missing ? [entry(box("#fff"), "no data")] : []));
  const statistic = view.difference ? `difference of means from ${data.strategies[0]}` : data.statistics[view.statistic].toLowerCase();
  byId("shown").textContent =
    `${described().label}, ${described().unit}: ${data.strategies[view.strategy]}, ${statistic}, ${data.times[view.time]}`;
}

// Series

const SIZE = { width: 360, height: 150, left: 44, bottom: 18, top: 8, right: 8 };

/** Draws lines [strategy][time] from zero, and a band [low, high][time] of the chosen strategy. */
function drawSeries(svg, lines, band, title) {
  const highest = Math.max(...lines.flat(), ...band.flat()) || 1;
  const across = (time) => SIZE.left + (SIZE.width - SIZE.left - SIZE.right) * (times > 1 ? time / (times - 1) : 0.5);
  const up = (value) => SIZE.height - SIZE.bottom - (SIZE.height - SIZE.bottom - SIZE.top) * (value / highest);
  const along = (values) => values.map((value, time) => (value === null ? null : `${across(time).toFixed(1)} ${up(value).toFixed(1)}`));
  const drawn = (points) => points.map((point, time) => (point === null ? "" : (time && points[time - 1] !== null ? "L" : "M") + point)).join("");
  const parts = [];
  if (band.length && !band.flat().includes(null)) {
    const edge = [...along(band[0]), ...along(band[1]).reverse()];
    parts.push(element("path", { class: "band", d: `M${edge.join("L")}z`, fill: lineOf(view.strategy).stroke }));
  }
  lines.forEach((values, strategy) => parts.push(element("path", { d: drawn(along(values)), ...lineOf(strategy) })));
  const [foot, start, end] = [SIZE.height - SIZE.bottom, SIZE.left, SIZE.width - SIZE.right];
  parts.push(element("line", { x1: start, x2: end, y1: foot, y2: foot }));
  if (several) parts.push(element("line", { x1: across(view.time), x2: across(view.time), y1: SIZE.top, y2: foot, "stroke-dasharray": "2 2" }));
  const label = (x, y, anchor, text) => parts.push(element("text", { x, y, "text-anchor": anchor }, text));
  label(start - 4, foot, "end", "0");
  label(start - 4, SIZE.top + 8, "end", number.format(highest));
  label(start, SIZE.height - 4, "start", data.times[0]);
  if (times > 1) label(end, SIZE.height - 4, "end", data.times[times - 1]);
  svg.setAttribute("viewBox", `0 0 ${SIZE.width} ${SIZE.height}`);
  svg.setAttribute("aria-label", title);
  svg.replaceChildren(...parts);
}

function lineOf(strategy) {
  const dashed = Math.floor(strategy / data.colours.length) % 2;
  return { stroke: data.colours[strategy % data.colours.length], "stroke-dasharray": dashed ? "4 3" : "none" };
}

function showRegion() {
  const totals = described().totals;
  const title = `${described().label} of the whole region, ${described().unit}, by strategy`;
  drawSeries(byId("region-series"), totals.map((of) => of[0]), totals[view.strategy].slice(1), title);
}

// One place, one state

function showPlace() {
  const place = view.hovered ?? view.pinned;
  const spread = data.statistics.length > 1;
  const name = `${data.names[place]}, ${data.states[data.state_of[place]]}`;
  byId("place").textContent = name;
  byId("about").textContent = `Code ${data.codes[place]}, ${whole.format(data.residents[place])} residents`;
  byId("numbers-of").textContent = `${described().label}, ${described().unit}, ${data.times[view.time]}`;
  byId("numbers").replaceChildren(...data.strategies.map((strategy, index) => {
    const interval = spread ? [`${words(level(index, 1, place), 1)} to ${words(level(index, 3, place), 3)}`] : [];
    const change = index ? words(level(index, CHANGE, place), CHANGE) : "\u2013";
    return row(strategy, [words(level(index, 0, place), 0), ...interval, change], index === view.strategy);
  }));
  const over = (strategy, row) => data.times.map((_, time) => worth(level(strategy, row, place, time), row));
  const band = spread ? [over(view.strategy, 1), over(view.strategy, 3)] : [];
  const title = `${described().label} in ${name}, ${described().unit}, by strategy`;
  drawSeries(byId("place-series"), data.strategies.map((_, strategy) => over(strategy, 0)), band, title);
  byId("place-border").setAttribute("d", shapes[place].path);
}

function showState() {
  const state = view.state ?? data.state_of[view.pinned];
  const { mean, low, high, change, change_low, change_high, best } = data.by_state;
  const between = (least, most, text) => `${text(least)} to ${text(most)}`;
  const count = (value) => whole.format(value);
  const differ = (value) => signed(value, whole);
  const ranks = mean.map((of, strategy) => (best ? -best[strategy][state] : of[state]));
  const first = ranks.indexOf(Math.min(...ranks));
  byId("state-name").textContent = data.states[state];
  byId("state-best").textContent = best
    ? `Best is ${data.strategies[first]}: it has fewest homicides here in ${whole.format(100 * best[first][state])} % of the replicates.`
    : `The lowest mean is that of ${data.strategies[first]}. How sure that is cannot be said of this run: it keeps means by place alone. Run it with output=full to know.`;
  byId("state-numbers").replaceChildren(...data.strategies.map((strategy, index) => {
    const moved = differ(mean[index][state] - mean[0][state]);
    const cells = best
      ? [count(mean[index][state]), between(low[index][state], high[index][state], count),
        index ? differ(change[index][state]) : "\u2013",
        index ? between(change_low[index][state], change_high[index][state], differ) : "\u2013",
        best[index][state].toFixed(2)]
      : [count(mean[index][state]), index ? moved : "\u2013"];
    return row(strategy, cells, index === first);
  }));
  byId("state-border").setAttribute("d", view.state === null ? "" : shapes[places + state].path);
}

// What the reader does

function show() {
  byId("month").textContent = data.times[view.time];
  byId("time").setAttribute("aria-valuetext", data.times[view.time]);
  byId("statistic").disabled = view.difference;
  showRegion();
  if (several) paint(), showPlace();
}

async function changeVariable() {
  const variable = Number(byId("variable").value);
  const blocks = several ? await Promise.all(data.strategies.map((_, strategy) => load(variable, strategy))) : [];
  if (variable === Number(byId("variable").value)) Object.assign(view, { variable, blocks }); // else another was chosen meanwhile
  show();
}

function changeView() {
  view.strategy = Number(byId("strategy").value);
  byId("difference").disabled = view.strategy === 0; // the first differs from itself by nothing
  view.difference = byId("difference").checked && view.strategy > 0;
  view.statistic = Number(byId("statistic").value);
  view.time = Number(byId("time").value);
  show();
}

function pin(place) {
  Object.assign(view, { pinned: place, hovered: null, state: null });
  showPlace();
  showState();
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

const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

function prepareSearch() {
  const full = data.names.map((name, place) => `${name}, ${data.states[data.state_of[place]]}`);
  const count = new Map();
  full.forEach((name) => count.set(name, (count.get(name) ?? 0) + 1));
  const labels = full.map((name, place) => (count.get(name) > 1 ? `${name} (${data.codes[place]})` : name));
  const all = [...data.states, ...labels];
  const plain = all.map(folded);
  byId("found").append(...all.map((value) => element("option", { value })));
  byId("search").addEventListener("change", () => {
    const wanted = folded(byId("search").value);
    if (!wanted) return;
    const tests = [(name) => name === wanted, (name) => name.startsWith(wanted), (name) => name.includes(wanted)];
    const index = tests.map((test) => plain.findIndex(test)).find((found) => found >= 0) ?? -1;
    byId("answer").textContent = index < 0 ? "There is no such place or state." : `Shown: ${all[index]}`;
    if (index < 0) return;
    const state = index < data.states.length;
    if (state) view.state = index, showState();
    else pin(index - data.states.length);
    byId(state ? "state" : "details").scrollIntoView({ block: "nearest" });
  });
}

function listen() {
  byId("variable").addEventListener("change", changeVariable);
  for (const name of ["strategy", "statistic", "difference"]) byId(name).addEventListener("change", changeView);
  byId("time").addEventListener("input", changeView);
  const map = byId("map");
  const over = (place) => {
    view.hovered = place === undefined ? null : Number(place);
    showPlace();
  };
  map.addEventListener("pointerover", (event) => over(event.target.dataset.place));
  map.addEventListener("pointerleave", () => over());
  map.addEventListener("click", (event) => event.target.dataset.place && pin(Number(event.target.dataset.place)));
  map.addEventListener("keydown", (event) => {
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    pin(neighbour(event.key));
  });
  let playing = null;
  byId("play").addEventListener("click", () => {
    byId("play").textContent = playing ? "Play" : "Stop";
    if (playing) return void (playing = clearInterval(playing));
    playing = setInterval(() => {
      byId("time").value = (view.time + 1) % times;
      changeView();
    }, 300);
  });
}

async function begin() {
  fill(byId("variable"), data.variables.map((variable) => `${variable.label} (${variable.unit})`));
  fill(byId("strategy"), data.strategies);
  fill(byId("statistic"), data.statistics);
  byId("time").max = times - 1;
  byId("time").value = view.time;
  byId("difference").disabled = true;
  byId("lines").append(...data.strategies.map((strategy, index) =>
    entry(element("path", { d: "M0 4.5h14", "stroke-width": 2, ...lineOf(index) }), strategy)));
  document.querySelectorAll(".spread").forEach((cell) => (cell.hidden = data.statistics.length === 1));
  document.querySelectorAll(".full").forEach((cell) => (cell.hidden = !data.by_state.best));
  if (several) await drawMap();
  await changeVariable();
  if (several) prepareSearch(), showState();
  listen();
  document.body.dataset.ready = "";
}

begin();
