// What can be taken away: pictures of maps and series, and tables, made here without a network.

const KEPT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "opacity", "font-size", "font-weight", "font-family", "paint-order", "vector-effect", "text-anchor"];
const MARGIN = 16, LINE = 18, SHARP = 2; // pixels around a picture and of a line of text; pixels of a PNG to one of the page

/** A copy of a drawing that looks the same without the style of the page. */
function copied(svg) {
  const copy = svg.cloneNode(true);
  const [theirs, ours] = [svg.querySelectorAll("*"), copy.querySelectorAll("*")];
  theirs.forEach((part, number) => {
    const style = getComputedStyle(part);
    const names = part.dataset.place === undefined ? KEPT : ["fill"]; // of thousands of places the colour alone
    for (const name of names) ours[number].setAttribute(name, style.getPropertyValue(name));
    ours[number].removeAttribute("class");
  });
  return copy;
}

/** Text in lines of at most so many pixels. */
function wrapped(text, width) {
  const most = Math.max(12, Math.floor(width / 7.4));
  return text.split(" ").reduce((lines, word) => {
    const last = lines[lines.length - 1];
    return last && `${last} ${word}`.length <= most ? [...lines.slice(0, -1), `${last} ${word}`] : [...lines, word];
  }, []);
}

/** A drawing with its title above, and signs and words of its legend below, on the ground of the page. */
function picture(svg, title, legend) {
  const { width, height } = svg.getBoundingClientRect(), style = getComputedStyle(document.body);
  const wide = width + 2 * MARGIN, parts = [];
  let y = MARGIN;
  const write = (x, text, weight) => parts.push(element("text", { x, y: y + 13, "font-size": 13, "font-weight": weight, "font-family": "sans-serif", fill: style.color }, text));
  for (const line of wrapped(title, width)) write(MARGIN, line, "bold"), (y += LINE);
  const copy = copied(svg);
  for (const [name, of] of Object.entries({ x: MARGIN, y: y + 6, width, height })) copy.setAttribute(name, of);
  parts.push(copy);
  y += height + 14;
  for (const item of legend.querySelectorAll("li:not([hidden])")) {
    const sign = copied(item.querySelector("svg"));
    for (const [name, of] of Object.entries({ x: MARGIN, y: y + 2, width: 22, height: 14 })) sign.setAttribute(name, of);
    parts.push(sign);
    for (const line of wrapped(item.textContent, width - 30)) write(MARGIN + 30, line, "normal"), (y += LINE);
  }
  const about = [document.title, document.querySelector("header .warning")?.textContent].filter(Boolean).join(". ");
  for (const line of wrapped(about, width)) write(MARGIN, line, "normal"), (y += LINE);
  const tall = y + MARGIN;
  const sheet = element("svg", { width: wide, height: tall, viewBox: `0 0 ${wide} ${tall}` });
  sheet.append(element("rect", { width: wide, height: tall, fill: style.backgroundColor }), ...parts);
  return { text: new XMLSerializer().serializeToString(sheet), width: wide, height: tall };
}

async function png({ text, width, height }) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: SHARP * width, height: SHARP * height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** A cell of a CSV file; a word that a spreadsheet would take for a formula stands behind an apostrophe. */
function cell(of) {
  if (typeof of === "number") return Number.isFinite(of) ? String(Number(of.toPrecision(4))) : "";
  const safe = /^[=+\-@\t\r]/.test(of ?? "") ? `'${of}` : of ?? "";
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const csv = (rows) => `\ufeff${rows.map((of) => of.map(cell).join(",")).join("\r\n")}\r\n`;

/** A row for each of these places and each strategy: what the table of a place shows. */
function placeRows(pane, which) {
  const { label, unit } = described(pane), period = periodOf(pane);
  const statistics = ofRun(pane) ? ["probability"] : data.heads.slice(0, single(pane) ? 1 : described(pane).statistics.length);
  const heads = ["code", "name", "state", "residents", "strategy", "variable", "unit", "period", ...statistics];
  const change = ofRun(pane) ? [] : ["difference"];
  const rows = which.flatMap((place) => data.strategies.map((strategy, index) => {
    const about = [data.codes[place], data.names[place], data.states[data.state_of[place]], String(data.residents[place]), strategy, label, unit, period];
    const known = ofRun(pane) && !index ? [NaN] : statistics.map((_, row) => value(pane, index, row, place));
    return [...about, ...known, ...change.map(() => (index ? value(pane, index, changeRow(pane), place) : NaN))].map((of) => of ?? NaN);
  }));
  return [[...heads, ...change], ...rows];
}

/** A row for each strategy and time; the band is known of the chosen strategy. */
function seriesRows({ lines, band, title, unit }, { strategy }) {
  const rows = lines.flatMap((of, index) => (of ? data.times.map((time, number) => {
    const edges = index === strategy && band.length ? band.map((edge) => edge[number]) : [NaN, NaN];
    return [data.strategies[index], time, title, unit, of[number], ...edges].map((each) => each ?? NaN);
  }) : []));
  return [["strategy", "time", "series", "unit", "mean", "5 % quantile", "95 % quantile"], ...rows];
}

/** What can be taken away, by a word for it: a drawing, its title and legend, and rows of a table. */
function views() {
  const [pane, second] = view.panes, over = !ofRun(pane);
  const map = (of, prefix = "") => ({ svg: byId(`${prefix}map`), title: () => titleOf(of), legend: byId(`${prefix}legend`) });
  const series = (of, svg) => ({ svg: byId(svg), title: () => of().title, legend: byId("lines"), rows: () => seriesRows(of(), pane) });
  return {
    ...(several && { map: map(pane) }),
    ...(second && { "second map": map(second, "second-") }),
    ...(over && { "whole region over time": series(() => regionSeries(pane), "region-series") }),
    ...(several && over && { "place over time": series(() => placeSeries(pane, view.pinned), "place-series") }),
    ...(several && { "table of the place": { rows: () => placeRows(pane, [view.pinned]) } }),
    ...(several && { "all places at this time": { rows: () => placeRows(pane, data.names.map((_, place) => place)) } }),
  };
}

function showViews() {
  const kinds = ({ svg, rows }) => [...(svg ? ["PNG", "SVG"] : []), ...(rows ? ["CSV"] : [])];
  const options = Object.entries(views()).flatMap(([name, of]) => kinds(of).map((kind) => `${name}, ${kind}`));
  const select = byId("take"), chosen = select.value;
  if (String([...select.options].map(({ value }) => value)) === String(options)) return;
  select.replaceChildren(...options.map((value) => element("option", { value }, `${say(value.split(", ")[0])}, ${value.split(", ")[1]}`)));
  select.value = options.includes(chosen) ? chosen : options[0];
}

async function save() {
  const [name, kind] = byId("take").value.split(", ");
  view.hovered = null;
  showAll();
  const { svg, title, legend, rows } = views()[name];
  const drawn = kind === "CSV" ? null : picture(svg, title(), legend);
  const content = drawn === null ? csv(rows()) : kind === "PNG" ? await png(drawn) : drawn.text;
  const types = { CSV: "text/csv;charset=utf-8", SVG: "image/svg+xml", PNG: "image/png" };
  const href = URL.createObjectURL(new Blob([content], { type: types[kind] }));
  const about = `${described(view.panes[0]).name} ${name}`;
  element("a", { href, download: `${about.replaceAll(" ", "_")}.${kind.toLowerCase()}` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
