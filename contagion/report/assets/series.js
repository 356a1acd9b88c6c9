// Lines over time, of the whole region and of a place.

const SIZE = { height: 190, bottom: 22, top: 12, right: 14, letter: 6.6 };

/** Round numbers from the least to the greatest value, zero among them. */
function ticksOf(least, greatest) {
  const rough = (greatest - least) / 4, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((of) => of * power >= rough * 0.999) * power;
  const [first, last] = [Math.floor(least / step + 1e-9), Math.ceil(greatest / step - 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, number) => Number(((first + number) * step).toPrecision(12)));
}

const tickText = (of) => new Intl.NumberFormat("en", { maximumSignificantDigits: 6 }).format(of).replace("-", "\u2212");

function lineOf(strategy) {
  const dashed = Math.floor(strategy / data.colours.length) % 2, colour = strategy % data.colours.length;
  return { stroke: colour ? data.colours[colour] : "currentColor", "stroke-dasharray": dashed ? "4 3" : "none" };
}

/** Draws lines [strategy][time], null where there is none, a band [low, high][time] of the chosen strategy, and what was recorded before. */
function drawSeries(svg, pane, lines, band, title, before) {
  const known = [...lines.filter(Boolean).flat(), ...band.flat(), ...before.values].filter((of) => of !== null);
  const [least, greatest] = [Math.min(0, ...known), Math.max(0, ...known)];
  const ticks = ticksOf(least, greatest > least ? greatest : 1);
  const names = [...before.times, ...data.times], start = before.times.length, steps = names.length - 1;
  const left = 10 + SIZE.letter * Math.max(...ticks.map((of) => tickText(of).length));
  const width = Math.max(240, Math.round(svg.clientWidth) || 360), right = width - SIZE.right, foot = SIZE.height - SIZE.bottom;
  const across = (time) => left + (right - left) * (steps ? (start + time) / steps : 0.5);
  const up = (of) => foot - (foot - SIZE.top) * (of - ticks[0]) / (ticks[ticks.length - 1] - ticks[0]);
  const along = (values, first = 0) => values.map((of, time) => (of === null ? null : `${across(first + time).toFixed(1)} ${up(of).toFixed(1)}`));
  const drawn = (points) => points.map((point, time) => (point === null ? "" : (time && points[time - 1] !== null ? "L" : "M") + point)).join("");
  const parts = [];
  const label = (x, y, anchor, text) => parts.push(element("text", { x, y, "text-anchor": anchor }, text));
  for (const of of ticks) {
    parts.push(element("line", { x1: left, x2: right, y1: up(of), y2: up(of), class: of ? "" : "zero" }));
    label(left - 5, up(of) + 4, "end", tickText(of));
  }
  if (band.length && !band.flat().includes(null)) {
    const edge = [...along(band[0]), ...along(band[1]).reverse()];
    const { stroke } = lineOf(pane.strategy);
    parts.push(element("path", { class: "band", d: `M${edge.join("L")}z`, fill: stroke }));
  }
  lines.forEach((values, strategy) => values && parts.push(element("path", { d: drawn(along(values)), ...lineOf(strategy) })));
  if (start) parts.push(element("path", { class: "recorded", d: drawn(along(before.values, -start)) }));
  const marks = start ? [0, view.time] : [view.time];
  for (const time of marks) parts.push(element("line", { x1: across(time), x2: across(time), y1: SIZE.top, y2: foot, "stroke-dasharray": "2 2" }));
  const wide = SIZE.letter * Math.max(...names.map((name) => name.length)) + 16;
  const every = [1, 2, 3, 6, 12, 24, 36, 60, 120, 240].find((of) => of * (right - left) / (steps || 1) >= wide) ?? (steps || 1);
  for (let number = 0; number <= steps; number += every) {
    const x = across(number - start), half = wide / 2 - 8;
    const anchor = x - half < 3 ? "start" : x + half > width ? "end" : "middle";
    label(anchor === "end" ? width - 2 : anchor === "start" ? 3 : x, SIZE.height - 5, anchor, names[number]);
  }
  svg.setAttribute("viewBox", `0 0 ${width} ${SIZE.height}`);
  svg.setAttribute("aria-label", title);
  svg.replaceChildren(...parts);
}

/** What the series of the region show: lines, a band, a title, and rows of a file. */
function regionSeries(pane) {
  const { label, total_unit: unit } = described(pane), changes = differs(pane);
  const of = overTime(pane)[changes ? "changes" : "totals"];
  const lines = of.map(([mean], strategy) => (changes && !strategy ? null : mean));
  return { lines, band: of[pane.strategy].slice(1), unit, title: say("of_region", { label }) + titleTail(pane, unit), before: recordedBefore(pane) };
}

function placeSeries(pane, place) {
  const { label, unit } = described(pane), changes = differs(pane);
  const over = (strategy, row) => data.times.map((_, time) => value(pane, strategy, row, place, time));
  const lines = data.strategies.map((_, strategy) => (changes && !strategy ? null : over(strategy, changes ? changeRow(pane) : 0)));
  const band = single(pane) || changes ? [] : [over(pane.strategy, 1), over(pane.strategy, 3)];
  return { lines, band, unit, title: say("in_place", { label, place: nameOf(place) }) + titleTail(pane, unit), before: recordedBefore(pane, place) };
}

function titleTail(pane, unit) {
  const period = rolls(pane) ? [say("over_months")] : [];
  const change = differs(pane) ? [say("difference_from", { first: data.labels[0] })] : [];
  return ["", unit, ...period, ...change, say("by_strategy")].join(", ");
}

function showRegion() {
  const [pane] = view.panes;
  if (ofRun(pane)) {
    const percent = (share) => (100 * share).toFixed(1);
    const { residents } = described(pane);
    fillTable("residents", data.labels.slice(1).map((strategy, index) => {
      const [mean, low, high, sure] = ["mean", "low", "high", "sure"].map((name) => percent(residents[name][index + 1]));
      return row(strategy, [mean, say("to", { low, high }), sure], index + 1 === pane.strategy);
    }));
    return;
  }
  const { lines, band, title, before } = regionSeries(pane);
  byId("region-title").textContent = title;
  drawSeries(byId("region-series"), pane, lines, band, title, before);
}

function showPlace() {
  const [pane] = view.panes, place = view.hovered ?? view.pinned;
  const { label, unit } = described(pane);
  byId("place").textContent = nameOf(place);
  byId("about").textContent = say("about_place", { code: data.codes[place], residents: whole.format(data.residents[place]) });
  byId("numbers-of").textContent = `${label}, ${unit}` + (ofRun(pane) ? "" : `, ${periodOf(pane)}`);
  const told = (strategy, row) => words(pane, value(pane, strategy, row, place), row);
  fillTable("numbers", data.labels.map((strategy, index) => {
    const interval = single(pane) ? [] : [say("to", { low: told(index, 1), high: told(index, 3) })];
    const change = ofRun(pane) ? [] : [index ? told(index, changeRow(pane)) : "\u2013"];
    const middle = ofRun(pane) && !index ? "\u2013" : told(index, 0);
    return row(strategy, [middle, ...interval, ...change], index === pane.strategy);
  }));
  for (const map of maps) map.place.setAttribute("d", shapes[place].path);
  if (ofRun(pane)) return;
  const { lines, band, title, before } = placeSeries(pane, place);
  byId("place-title").textContent = title;
  drawSeries(byId("place-series"), pane, lines, band, title, before);
}
