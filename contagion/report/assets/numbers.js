"use strict";
// What the page holds: `data`, blocks of levels by variable and strategy, and the words and classes of their values.

const byId = (name) => document.getElementById(name);
const data = JSON.parse(byId("data").textContent);
/** Words of the page by key, with what their placeholders name. */
const say = (key, parts = {}) => data.words[key].replace(/\{(\w+)\}/g, (_, name) => parts[name]);
const places = data.names.length;
const several = places > 1;
const MISSING = -32768; // as in encoding.py
const YEAR = 12; // months
const formats = Array.from({ length: 9 }, (_, digits) => new Intl.NumberFormat("en", {
  maximumSignificantDigits: 3, maximumFractionDigits: digits, roundingPriority: "lessPrecision",
}));
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compared = data.strategies.length > 1;
/** What is shown. A pane is a map with its variable, strategy and levels; tables and series are of the first. */
const view = {
  panes: [{ variable: 0, strategy: compared ? data.best_by_province.best[0] || 1 : 0, blocks: [] }],
  difference: compared, statistic: 0, year: true, time: data.times.length - 1,
  pinned: data.residents.indexOf(Math.max(...data.residents)), hovered: null, province: 0,
};

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

/** Levels of a variable by strategy: statistics, kept as differences from those of the first strategy, and changes. */
async function loadAll(variable) {
  const { periods } = data.variables[variable];
  const blocks = await Promise.all(data.strategies.map((_, strategy) => load(`block-${variable}-${strategy}`, periods)));
  const [first, ...others] = blocks;
  for (const levels of others) {
    for (let at = 0; at < first.length; at++) levels[at] += first[at];
  }
  return blocks;
}

const described = (pane) => data.variables[pane.variable];
const ofRun = (pane) => "residents" in described(pane); // harm, which has no periods, changes or series
const differs = (pane) => view.difference && pane.strategy > 0 && !ofRun(pane);
const rolls = (pane) => view.year && "year" in described(pane); // twelve months to each, of which means alone are known
const changeRow = (pane) => described(pane).statistics.length; // the row of a block after its statistics
const single = (pane) => ofRun(pane) || rolls(pane) || described(pane).statistics.length === 1;
const shownRow = (pane) => (differs(pane) ? changeRow(pane) : single(pane) ? 0 : view.statistic);
const overTime = (pane) => described(pane)[rolls(pane) ? "year" : "single"];
const classesOf = (pane) => (differs(pane) ? overTime(pane).change_classes : described(pane).classes);

/** What a level is worth, null where it is not known. */
function worth(level, knee) {
  if (level === MISSING) return null;
  const size = Math.abs(level) / data.levels;
  return Math.sign(level) * knee * (size > 1 ? Math.exp(size - 1) : size);
}

/** A value of a place as it is shown, null where it is not known: of a period, or the mean of the months to it. */
function value(pane, strategy, row, place, time = view.time) {
  const { periods, knee } = described(pane);
  const levels = pane.blocks[strategy], start = (row * places + place) * periods;
  if (!rolls(pane)) return worth(levels[start + (periods > 1 ? time : 0)], knee);
  let sum = 0, weeks = 0;
  for (let month = Math.max(0, time - YEAR + 1); month <= time; month++) {
    if (levels[start + month] === MISSING) return null;
    sum += worth(levels[start + month], knee) * data.weeks[month], weeks += data.weeks[month];
  }
  return sum / weeks;
}

/** What was recorded before the start, of homicides in anchored runs: of a place, or of all without one. */
function recordedBefore(pane, place) {
  if (described(pane).name !== "homicide_rate" || !data.recorded || differs(pane)) return { times: [], values: [] };
  const { times, totals, knee, monthly } = data.recorded;
  const values = place === undefined ? totals : times.map((_, time) => worth(view.recorded[place * times.length + time], knee));
  if (!monthly || !rolls(pane) || times.length < YEAR) return { times, values };
  const year = values.map((_, time) => values.slice(time - YEAR + 1, time + 1));
  const means = year.slice(YEAR - 1).map((of) => (of.includes(null) ? null : of.reduce((sum, each) => sum + each) / YEAR));
  return { times: times.slice(YEAR - 1), values: means };
}

// Words

const signed = (of, format) => (of > 0 ? "+" : "") + format.format(of).replace("-", "\u2212");

/** Words for a value, with no more decimals than the distance between levels bears out. */
function words(pane, of, row) {
  if (of === null) return say("no_data");
  if (ofRun(pane)) return of.toFixed(2);
  const apart = Math.max(Math.abs(of), described(pane).knee) / data.levels;
  const format = formats[Math.min(8, Math.max(0, Math.ceil(-Math.log10(apart))))];
  return row === changeRow(pane) ? signed(of, format) : format.format(of).replace("-", "\u2212");
}

function periodOf(pane) {
  if (ofRun(pane)) return say("whole_run");
  const count = Math.min(view.time + 1, YEAR);
  return rolls(pane) ? say(count > 1 ? "months_to" : "month_to", { count, time: data.times[view.time] }) : data.times[view.time];
}

/** What a map shows, in words. */
function titleOf(pane) {
  const { label, unit, statistics } = described(pane);
  const statistic = differs(pane) ? say("difference_of_means", { first: data.labels[0] }) : statistics[shownRow(pane)].toLowerCase();
  return [`${label}, ${unit}: ${data.labels[pane.strategy]}`, ...(ofRun(pane) ? [] : [statistic, periodOf(pane)])].join(", ");
}

const nameOf = (place) => `${data.names[place]}, ${data.states[data.state_of[place]]}`;

/** A share in whole per cent; only exact 0 and 1 become 0 and 100. */
const percentage = (share) => (share > 0 && share < 1 ? Math.min(Math.max(100 * share, 1), 99) : 100 * share).toFixed(0);

/** The class of a value: one starts at each break; below zero of a scale of changes, one ends there. */
function classOf(of, breaks, diverging) {
  if (of === null) return -1;
  if (!diverging) return breaks.filter((least) => least <= of).length;
  const middle = breaks.length / 2;
  const steps = breaks.slice(middle).filter((least) => least <= Math.abs(of)).length;
  return of < 0 ? middle - steps : middle + steps;
}
