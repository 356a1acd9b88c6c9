"use strict";
// Reads what report.py put into the page: `data`, outlines of places, and blocks of levels by variable and strategy.

const byId = (name) => document.getElementById(name);
const data = JSON.parse(byId("data").textContent);
const places = data.names.length;
const several = places > 1;
const MISSING = -32768; // as in packing.py
const formats = Array.from({ length: 9 }, (_, digits) => new Intl.NumberFormat("en", {
  maximumSignificantDigits: 3, maximumFractionDigits: digits, roundingPriority: "lessPrecision",
}));
const number = formats[8];
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const view = {
  variable: 0, strategy: 0, statistic: 0, difference: false, time: data.times.length - 1,
  pinned: data.residents.indexOf(Math.max(...data.residents)), hovered: null, blocks: [],
};
let shapes = []; // places, then states: path, and the middle of its points
let paths = []; // elements of places
let playing; // the timer of what plays

// Numbers

async function inflate(name) {
  if (!byId(name)) { // what the browser has not read yet
    await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
  }
  const packed = Uint8Array.from(atob(byId(name).textContent), (letter) => letter.charCodeAt(0));
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

/** Levels [row, place, period] from their steps: low bytes, then high bytes, of 0, -1, 1, -2 as 0, 1, 2, 3. */
async function load(name, periods) {
  const bytes = await inflate(name);
  const levels = new Int16Array(bytes.length / 2);
  for (let at = 0; at < levels.length; at++) {
    const folded = bytes[at] + 256 * bytes[at + levels.length];
    levels[at] = ((folded >>> 1) ^ -(folded & 1)) + (at % periods ? levels[at - 1] : 0);
  }
  return levels;
}

/** The levels of a variable by strategy: statistics, kept as differences from those of the first strategy, and changes. */
async function loadAll(variable) {
  const { periods } = data.variables[variable];
  const blocks = await Promise.all(data.strategies.map((_, strategy) => load(`block-${variable}-${strategy}`, periods)));
  const [first, ...others] = blocks;
  for (const levels of others) {
    for (let at = 0; at < first.length; at++) levels[at] += first[at];
  }
  return blocks;
}

const described = () => data.variables[view.variable];
const ofRun = () => "residents" in described(); // harm, which has no periods, changes or series
const changeRow = () => described().statistics.length; // the row of a block after its statistics
const shownRow = () => (view.difference ? changeRow() : view.statistic);

/** What is stored of a place, null where it is not known. */
function value(strategy, row, place, time = view.time) {
  const { periods, knee } = described();
  return worth(view.blocks[strategy][(row * places + place) * periods + (periods > 1 ? time : 0)], knee);
}

/** What a level is worth, null where it is not known. */
function worth(level, knee) {
  if (level === MISSING) return null;
  const size = Math.abs(level) / data.levels;
  return Math.sign(level) * knee * (size > 1 ? Math.exp(size - 1) : size);
}

/** What was recorded before the start, of homicides in anchored runs: of a place, or of all without one. */
function recordedBefore(place) {
  if (view.variable || !data.recorded) return [];
  const { times, totals, knee } = data.recorded;
  return place === undefined ? totals : times.map((_, time) => worth(view.recorded[place * times.length + time], knee));
}

/** Words for a value, with no more decimals than the distance between levels bears out. */
function words(of, row) {
  if (of === null) return "no data";
  if (ofRun()) return of.toFixed(2);
  const apart = Math.max(Math.abs(of), described().knee) / data.levels;
  const format = formats[Math.min(8, Math.max(0, Math.ceil(-Math.log10(apart))))];
  return row === changeRow() ? signed(of, format) : format.format(of);
}

const signed = (of, format) => (of > 0 ? "+" : "") + format.format(of).replace("-", "\u2212");

/** The class of a value: one starts at each break; below zero of a scale of changes, one ends there. */
function classOf(of, breaks, diverging) {
  if (of === null) return -1;
  if (!diverging) return breaks.filter((least) => least <= of).length;
  const middle = breaks.length / 2;
  const steps = breaks.slice(middle).filter((least) => least <= Math.abs(of)).length;
  return of < 0 ? middle - steps : middle + steps;
}

// Elements

function element(kind, attributes = {}, text = "") {
  const spaces = { svg: 1, path: 1, line: 1, text: 1, rect: 1 };
  const made = kind in spaces ? document.createElementNS("http://www.w3.org/2000/svg", kind) : document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

/** A line of a table. Its head, a name, may break after underscores. */
function row(head, cells, chosen) {
  const line = element("tr", chosen ? { class: "chosen" } : {});
  const name = element("th", { scope: "row" });
  name.append(...head.split(/(?<=_)/).flatMap((part) => [part, element("wbr")]));
  line.append(name, ...cells.map((cell) => element("td", {}, cell)));
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
  const classes = view.difference ? described().change_classes : described().classes;
  const shown = shownRow();
  let missing = false;
  for (let place = 0; place < places; place++) {
    const found = classOf(value(view.strategy, shown, place), classes.breaks, view.difference);
    const colour = classes.colours[found] ?? "#fff";
    missing ||= found < 0;
    if (paths[place].getAttribute("fill") !== colour) paths[place].setAttribute("fill", colour);
  }
  const box = (colour) => element("rect", { x: 0.25, y: 0.25, width: 13.5, height: 8.5, fill: colour, stroke: "#5c5c5c", "stroke-width": 0.5 });
  const entries = classes.labels.map((label, number) => entry(box(classes.colours[number]), label));
  byId("legend").replaceChildren(...entries, ...(missing ? [entry(box("#fff"), "no data")] : []));
  const statistic = view.difference ? `difference of means from ${data.strategies[0]}` : described().statistics[shown].toLowerCase();
  const told = ofRun() ? [] : [statistic, data.times[view.time]];
  byId("shown").textContent = [`${described().label}, ${described().unit}: ${data.strategies[view.strategy]}`, ...told].join(", ");
}

// Series

const SIZE = { width: 360, height: 150, left: 44, bottom: 18, top: 8, right: 8 };

/** Draws lines [strategy][time] from zero, a band [low, high][time] of the chosen strategy, and what was recorded before. */
function drawSeries(svg, lines, band, title, before) {
  const times = data.times.length;
  const steps = before.length + times - 1;
  const highest = Math.max(...lines.flat(), ...band.flat(), ...before) || 1;
  const across = (time) => SIZE.left + (SIZE.width - SIZE.left - SIZE.right) * (steps ? (before.length + time) / steps : 0.5);
  const up = (value) => SIZE.height - SIZE.bottom - (SIZE.height - SIZE.bottom - SIZE.top) * (value / highest);
  const along = (values, first = 0) => values.map((value, time) => (value === null ? null : `${across(first + time).toFixed(1)} ${up(value).toFixed(1)}`));
  const drawn = (points) => points.map((point, time) => (point === null ? "" : (time && points[time - 1] !== null ? "L" : "M") + point)).join("");
  const parts = [];
  if (band.length && !band.flat().includes(null)) {
    const edge = [...along(band[0]), ...along(band[1]).reverse()];
    parts.push(element("path", { class: "band", d: `M${edge.join("L")}z`, fill: lineOf(view.strategy).stroke }));
  }
  lines.forEach((values, strategy) => parts.push(element("path", { d: drawn(along(values)), ...lineOf(strategy) })));
  if (before.length) parts.push(element("path", { class: "recorded", d: drawn(along(before, -before.length)) }));
  const [foot, start, end] = [SIZE.height - SIZE.bottom, SIZE.left, SIZE.width - SIZE.right];
  parts.push(element("line", { x1: start, x2: end, y1: foot, y2: foot }));
  if (several) parts.push(element("line", { x1: across(view.time), x2: across(view.time), y1: SIZE.top, y2: foot, "stroke-dasharray": "2 2" }));
  const label = (x, y, anchor, text) => parts.push(element("text", { x, y, "text-anchor": anchor }, text));
  label(start - 4, foot, "end", "0");
  label(start - 4, SIZE.top + 8, "end", number.format(highest));
  label(start, SIZE.height - 4, "start", before.length ? data.recorded.times[0] : data.times[0]);
  const left = end - across(0); // room for the label of the last time beside that of the first
  if (before.length) label(across(0), SIZE.height - 4, left < 100 ? "end" : "middle", data.times[0]);
  if (times > 1 && left > 50) label(end, SIZE.height - 4, "end", data.times[times - 1]);
  svg.setAttribute("viewBox", `0 0 ${SIZE.width} ${SIZE.height}`);
  svg.setAttribute("aria-label", title);
  svg.replaceChildren(...parts);
}

function lineOf(strategy) {
  const dashed = Math.floor(strategy / data.colours.length) % 2;
  return { stroke: data.colours[strategy % data.colours.length], "stroke-dasharray": dashed ? "4 3" : "none" };
}

function showRegion() {
  const { totals, residents, label, unit } = described();
  if (ofRun()) {
    const percent = (share) => (100 * share).toFixed(1);
    byId("residents").replaceChildren(...data.strategies.slice(1).map((strategy, index) => {
      const [mean, low, high, sure] = ["mean", "low", "high", "sure"].map((name) => percent(residents[name][index + 1]));
      return row(strategy, [mean, `${low} to ${high}`, sure], index + 1 === view.strategy);
    }));
  } else {
    const title = `${label} of the whole region, ${unit}, by strategy`;
    drawSeries(byId("region-series"), totals.map((of) => of[0]), totals[view.strategy].slice(1), title, recordedBefore());
  }
}

// One place, and one state

function showPlace() {
  const place = view.hovered ?? view.pinned;
  const { label, unit, statistics } = described();
  const spread = statistics.length > 1;
  const name = `${data.names[place]}, ${data.states[data.state_of[place]]}`;
  byId("place").textContent = name;
  byId("about").textContent = `Code ${data.codes[place]}, ${whole.format(data.residents[place])} residents`;
  byId("numbers-of").textContent = `${label}, ${unit}` + (ofRun() ? "" : `, ${data.times[view.time]}`);
  const told = (strategy, row) => words(value(strategy, row, place), row);
  byId("numbers").replaceChildren(...data.strategies.map((strategy, index) => {
    const interval = spread ? [`${told(index, 1)} to ${told(index, 3)}`] : [];
    const change = ofRun() ? [] : [index ? told(index, changeRow()) : "\u2013"];
    const middle = ofRun() && !index ? "\u2013" : told(index, 0);
    return row(strategy, [middle, ...interval, ...change], index === view.strategy);
  }));
  byId("place-border").setAttribute("d", shapes[place].path);
  if (ofRun()) return;
  const over = (strategy, row) => data.times.map((_, time) => value(strategy, row, place, time));
  const band = spread ? [over(view.strategy, 1), over(view.strategy, 3)] : [];
  drawSeries(byId("place-series"), data.strategies.map((_, strategy) => over(strategy, 0)), band, `${label} in ${name}, ${unit}, by strategy`, recordedBefore(place));
}

/** A share in whole per cent; only exact 0 and 1 become 0 and 100. */
const percentage = (share) => (share > 0 && share < 1 ? Math.min(Math.max(100 * share, 1), 99) : 100 * share).toFixed(0);

/** Which strategy is best in the chosen state, in words and numbers. */
function answer() {
  const where = Number(byId("where").value);
  const { sentences, evidence, best, verdicts, numbers } = data.best_by_province;
  byId("best-strategy").textContent = sentences[where];
  byId("evidence").textContent = evidence[where];
  byId("answer-of").textContent = `Homicides over the run: ${data.best_by_province.where[where]}`;
  byId("answer-numbers").replaceChildren(...data.strategies.map((strategy, index) => {
    const of = (name) => numbers[name][index][where];
    const differ = (value) => signed(Math.round(value) || 0, whole);
    const spread = `${differ(of("change_low"))} to ${differ(of("change_high"))}`;
    const change = [differ(of("change")), spread, percentage(of("fewer")), verdicts[index][where]];
    const cells = [whole.format(of("mean")), `${whole.format(of("low"))} to ${whole.format(of("high"))}`];
    cells.push(...(index ? change : ["\u2013", "\u2013", "\u2013", "\u2013"]), percentage(of("fewest")));
    return row(strategy, cells, index === best[where]);
  }));
  if (several) byId("state-border").setAttribute("d", where ? shapes[places + where - 1].path : "");
}

// What the reader does

function show() {
  const period = ofRun() ? "Whole run" : data.times[view.time];
  byId("month").textContent = period;
  byId("time").setAttribute("aria-valuetext", period);
  byId("difference").disabled = ofRun() || view.strategy === 0; // the first differs from itself by nothing
  byId("statistic").disabled = ofRun() || view.difference;
  for (const name of ["time", "play"]) byId(name).disabled = ofRun();
  showRegion();
  if (several) paint(), showPlace();
}

async function changeVariable() {
  const variable = Number(byId("variable").value);
  const blocks = several ? await loadAll(variable) : [];
  if (variable !== Number(byId("variable").value)) return; // another was chosen meanwhile
  Object.assign(view, { variable, blocks });
  const { statistics } = described();
  const hide = (kind, hidden) => document.querySelectorAll(kind).forEach((part) => part.toggleAttribute("hidden", hidden));
  hide(".over-time", ofRun());
  hide(".over-run", !ofRun());
  hide(".spread", statistics.length === 1);
  byId("first-statistic").textContent = statistics[0];
  if (ofRun()) stop();
  if (ofRun() && view.strategy === 0) byId("strategy").value = 1; // the first is not worse than itself
  changeView();
}

function changeView() {
  view.strategy = Number(byId("strategy").value);
  view.difference = byId("difference").checked && view.strategy > 0 && !ofRun();
  view.statistic = ofRun() ? 0 : Number(byId("statistic").value);
  view.time = Number(byId("time").value);
  show();
}

function pin(place) {
  Object.assign(view, { pinned: place, hovered: null });
  showPlace();
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
  const states = data.best_by_province.where.slice(1);
  const all = [...states, ...labels];
  const plain = all.map(folded);
  byId("found").append(...all.map((value) => element("option", { value })));
  byId("search").addEventListener("change", () => {
    const wanted = folded(byId("search").value);
    if (!wanted) return;
    const tests = [(name) => name === wanted, (name) => name.startsWith(wanted), (name) => name.includes(wanted)];
    const index = tests.map((test) => plain.findIndex(test)).find((found) => found >= 0) ?? -1;
    byId("outcome").textContent = index < 0 ? "There is no such place or state." : `Shown: ${all[index]}`;
    if (index < 0) return;
    if (index >= states.length) pin(index - states.length);
    else byId("where").value = index + 1, answer();
    byId(index < states.length ? "best" : "details").scrollIntoView({ block: "nearest" });
  });
}

function listen() {
  byId("where").addEventListener("change", answer);
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
  byId("play").addEventListener("click", () => {
    if (playing) return stop();
    byId("play").textContent = "Stop";
    playing = setInterval(() => {
      byId("time").value = (view.time + 1) % data.times.length;
      changeView();
    }, 300);
  });
}

function stop() {
  playing = clearInterval(playing);
  byId("play").textContent = "Play";
}

async function begin() {
  fill(byId("where"), data.best_by_province.where);
  fill(byId("variable"), data.variables.map((variable) => `${variable.label} (${variable.unit})`));
  fill(byId("strategy"), data.strategies);
  fill(byId("statistic"), data.variables[0].statistics);
  byId("where-field").hidden = data.best_by_province.where.length === 1;
  byId("time").max = data.times.length - 1;
  byId("time").value = view.time;
  byId("lines").append(...data.strategies.map((strategy, index) =>
    entry(element("path", { d: "M0 4.5h14", "stroke-width": 2, ...lineOf(index) }), strategy)));
  if (data.recorded) byId("lines").append(entry(element("path", { class: "recorded", d: "M0 4.5h14" }), "recorded"));
  if (data.recorded && several) view.recorded = await load("recorded", data.recorded.times.length);
  if (several) await drawMap(), prepareSearch();
  answer();
  await changeVariable();
  listen();
  document.body.dataset.ready = "";
}

begin();
