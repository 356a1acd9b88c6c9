// Elements of the page, and tables that are sorted by a click on a heading.

const VECTORS = new Set(["svg", "g", "path", "line", "text", "tspan", "rect"]);

function element(kind, attributes = {}, text = "") {
  const made = VECTORS.has(kind) ? document.createElementNS("http://www.w3.org/2000/svg", kind) : document.createElement(kind);
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

function fillTable(name, rows) {
  byId(name).replaceChildren(...rows);
  sort(byId(name).closest("table"));
}

function entry(symbol, text) {
  const item = element("li");
  const picture = element("svg", { viewBox: "0 0 14 9", "aria-hidden": "true" });
  picture.append(symbol);
  item.append(picture, element("span", {}, text));
  return item;
}

function swatch(colour) {
  return element("rect", { x: 0.25, y: 0.25, width: 13.5, height: 8.5, fill: colour, stroke: "#5c5c5c", "stroke-width": 0.5 });
}

function fill(select, labels) {
  select.append(...labels.map((label, value) => element("option", { value }, label)));
}

/** The first number of a cell, NaN of one that has none. */
function numberIn(text) {
  return parseFloat(text.replaceAll(",", "").replaceAll("\u2212", "-").match(/^\s*[-+]?[\d.]+/)?.[0]);
}

/** Puts the rows of a table in the order that its headings ask for, what has no number last; else as they were. */
function sort(table) {
  const headings = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  const column = headings.findIndex((heading) => ["ascending", "descending"].includes(heading.getAttribute("aria-sort")));
  const body = table.tBodies[0], rows = [...body.rows];
  rows.forEach((line, number) => (line.dataset.order ??= number));
  const given = (one, other) => one.dataset.order - other.dataset.order;
  if (column < 0) return body.append(...rows.sort(given));
  const down = headings[column].getAttribute("aria-sort") === "descending" ? -1 : 1;
  const cells = new Map(rows.map((line) => [line, line.cells[column]?.textContent ?? ""]));
  const numeric = rows.some((line) => !Number.isNaN(numberIn(cells.get(line))));
  body.append(...rows.sort((one, other) => {
    if (!numeric) return down * cells.get(one).localeCompare(cells.get(other)) || given(one, other);
    const [left, right] = [numberIn(cells.get(one)), numberIn(cells.get(other))];
    if (Number.isNaN(left) || Number.isNaN(right)) return Number.isNaN(left) - Number.isNaN(right) || given(one, other);
    return down * (left - right) || given(one, other);
  }));
}

/** Makes the headings of a table buttons: up, down, as it was. A table of one row, or with joined cells, stays. */
function makeSortable(table) {
  const headings = table.tHead ? [...table.tHead.rows[table.tHead.rows.length - 1].cells] : [];
  if (!table.tBodies.length || table.querySelector("[colspan], [rowspan]") || table.tBodies[0].rows.length === 1) return;
  for (const heading of headings) {
    const button = element("button", { type: "button", class: "sort" });
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const next = { ascending: "descending", descending: "none" }[heading.getAttribute("aria-sort")] ?? "ascending";
      headings.forEach((other) => other.setAttribute("aria-sort", other === heading ? next : "none"));
      sort(table);
    });
  }
}
