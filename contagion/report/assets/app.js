// What the reader chooses, and the start of the page.

let playing; // the timer of what plays

function stop() {
  playing = clearInterval(playing);
  byId("play").textContent = say("play");
}

/** Shows everything anew from `view`. */
function showAll() {
  const [pane, second] = view.panes, run = ofRun(pane);
  byId("month").textContent = periodOf(pane);
  byId("time").setAttribute("aria-valuetext", periodOf(pane));
  byId("difference").disabled = run || pane.strategy === 0; // the first differs from itself by nothing
  byId("period").disabled = !("year" in described(pane));
  byId("statistic").disabled = single(pane) || differs(pane);
  for (const name of ["time", "play"]) byId(name).disabled = run && !(second && !ofRun(second));
  const hide = (kind, hidden) => document.querySelectorAll(kind).forEach((part) => part.toggleAttribute("hidden", hidden));
  hide(".over-time", run);
  hide(".over-run", !run);
  hide(".spread", single(pane));
  hide(".rolled", !rolls(pane));
  hide(".second", !second);
  byId("explorer-parts").classList.toggle("two", Boolean(second));
  byId("first-statistic").textContent = described(pane).statistics[0];
  showRegion();
  byId("lines").firstChild.hidden = differs(pane);
  if (data.recorded) byId("lines").lastChild.hidden = !recordedBefore(pane).times.length;
  if (several) view.panes.forEach((_, number) => paint(number)), showPlace();
  byId("tip").hidden = true;
  showViews();
  keepAddress();
}

/** Takes what is chosen, after reading the levels of variables that are not yet known. */
async function change() {
  const wanted = () => [Number(byId("variable").value), ...(byId("second").checked ? [Number(byId("second-variable").value)] : [])];
  const variables = wanted();
  const known = new Map(view.panes.filter(({ blocks }) => blocks.length).map(({ variable, blocks }) => [variable, blocks]));
  for (const variable of variables) {
    if (several && !known.has(variable)) known.set(variable, await loadAll(variable));
  }
  if (String(wanted()) !== String(variables)) return; // another was chosen meanwhile
  const chosen = ["strategy", "second-strategy"].map((name) => Number(byId(name).value));
  view.panes = variables.map((variable, number) => ({ variable, strategy: chosen[number], blocks: known.get(variable) ?? [] }));
  for (const [number, pane] of view.panes.entries()) {
    if (ofRun(pane) && pane.strategy === 0) byId(number ? "second-strategy" : "strategy").value = pane.strategy = 1; // the first is not worse than itself
  }
  if (ofRun(view.panes[0])) stop();
  view.difference = byId("difference").checked;
  view.year = byId("period").value === "year";
  view.statistic = Number(byId("statistic").value);
  view.time = Number(byId("time").value);
  if (view.panes.length > maps.length && several) drawMap(1), setFrame(frame.x, frame.y, frame.scale), border();
  showAll();
  nameSoon();
}

function pin(place) {
  Object.assign(view, { pinned: place, hovered: null });
  showPlace();
  keepAddress();
}

/** Draws the border of the chosen province. */
function border() {
  for (const map of maps) map.province.setAttribute("d", view.province ? shapes[places + view.province - 1].path : "");
}

/** Answers for a province, or the whole region. */
function setProvince(province) {
  view.province = province;
  for (const name of ["where", "zoom-to"]) byId(name).value = province;
  answer();
  border();
  keepAddress();
}

/** The same, and shows it on the maps. */
function choose(province) {
  setProvince(province);
  zoomTo(province);
}

/** Which strategy is best in the chosen province, in words and numbers. */
function answer() {
  const where = view.province;
  const { sentences, evidence, best, verdicts, numbers } = data.best_by_province;
  byId("best-strategy").textContent = sentences[where];
  byId("evidence").textContent = evidence[where];
  byId("answer-of").textContent = say("answer_of", { where: data.best_by_province.where[where] });
  fillTable("answer-numbers", data.labels.map((strategy, index) => {
    const of = (name) => numbers[name][index][where];
    const differ = (value) => signed(Math.round(value) || 0, whole);
    const spread = say("to", { low: differ(of("change_low")), high: differ(of("change_high")) });
    const change = [differ(of("change")), spread, percentage(of("fewer")), verdicts[index][where]];
    const cells = [whole.format(of("mean")), say("to", { low: whole.format(of("low")), high: whole.format(of("high")) })];
    cells.push(...(index ? change : ["\u2013", "\u2013", "\u2013", "\u2013"]), percentage(of("fewest")));
    return row(strategy, cells, index === best[where]);
  }));
}

function play() {
  if (playing) return stop();
  byId("play").textContent = say("stop");
  playing = setInterval(() => {
    byId("time").value = (view.time + 1) % data.times.length;
    change();
  }, 300);
}

function listen() {
  for (const name of ["where", "zoom-to"]) byId(name).addEventListener("change", () => choose(Number(byId(name).value)));
  for (const name of ["variable", "strategy", "statistic", "difference", "period", "second-variable", "second-strategy"]) {
    byId(name).addEventListener("change", change);
  }
  byId("second").addEventListener("change", () => {
    byId("second-variable").value = byId("variable").value;
    change();
  });
  byId("time").addEventListener("input", change);
  byId("play").addEventListener("click", play);
  byId("save").addEventListener("click", save);
  byId("zoom-in").addEventListener("click", () => zoom(1.6, frame.scale === 1 ? shapes[view.pinned] : undefined));
  byId("zoom-out").addEventListener("click", () => zoom(1 / 1.6));
  byId("zoom-all").addEventListener("click", () => setFrame(0, 0, 1));
  window.addEventListener("hashchange", async () => {
    readAddress();
    setProvince(view.province);
    await change();
  });
  let width = innerWidth;
  window.addEventListener("resize", () => {
    if (width === innerWidth) return; // a phone that hides its bar
    width = innerWidth;
    showAll();
    nameSoon();
  });
}

async function begin() {
  for (const name of ["where", "zoom-to"]) fill(byId(name), data.best_by_province.where);
  for (const name of ["variable", "second-variable"]) fill(byId(name), data.variables.map(({ label, unit }) => `${label} (${unit})`));
  for (const name of ["strategy", "second-strategy"]) fill(byId(name), data.labels);
  fill(byId("statistic"), data.variables[0].statistics);
  for (const name of ["where-field", "zoom-field"]) byId(name).hidden = data.best_by_province.where.length === 1;
  byId("period-field").hidden = !data.variables.some((variable) => "year" in variable);
  byId("time").max = data.times.length - 1;
  byId("time").value = view.time;
  byId("strategy").value = view.panes[0].strategy;
  byId("second-strategy").value = Math.max(0, data.strategies.findIndex((_, strategy) => strategy > 0 && strategy !== view.panes[0].strategy));
  byId("difference").checked = view.difference;
  byId("lines").append(...data.labels.map((strategy, index) =>
    entry(element("path", { d: "M0 4.5h14", "stroke-width": 2, ...lineOf(index) }), strategy)));
  if (data.recorded) byId("lines").append(entry(element("path", { class: "recorded", d: "M0 4.5h14" }), say("recorded")));
  if (data.recorded && several) view.recorded = await load("recorded", data.recorded.times.length);
  if (several) {
    shapes = readOutlines(new Int32Array((await inflate("outlines")).buffer));
    byResidents = data.names.map((_, place) => place).sort((one, other) => data.residents[other] - data.residents[one]);
    drawMap(0);
    setFrame(0, 0, 1);
    prepareSearch();
  }
  readAddress();
  setProvince(view.province);
  await change();
  listen();
  document.querySelectorAll("table").forEach(makeSortable);
  begun = true;
  document.body.dataset.ready = "";
}

begin();
