// The address of a view, in what stands after # of the page's own.

let begun = false; // the address of a page that has not begun is still to be read
let keeping; // the timer after which the address is written

function addressOf() {
  const [pane, second] = view.panes;
  const of = (name) => described({ variable: name }).name;
  const parts = { variable: of(pane.variable), strategy: data.strategies[pane.strategy], difference: view.difference ? 1 : 0 };
  parts.statistic = view.statistic, parts.period = view.year ? "year" : "single", parts.time = view.time;
  if (several) parts.place = data.codes[view.pinned], parts.view = [frame.x, frame.y, 1000 * frame.scale].map(Math.round).join(",");
  if (view.province) parts.state = data.best_by_province.where[view.province];
  if (second) parts.second_variable = of(second.variable), parts.second_strategy = data.strategies[second.strategy];
  return new URLSearchParams(parts).toString();
}

/** Writes the address, at most a few times a second: browsers refuse more. */
function keepAddress() {
  if (!begun) return;
  clearTimeout(keeping);
  keeping = setTimeout(() => history.replaceState(null, "", `#${addressOf()}`), 400);
}

/** Reads the address into the controls and the map. Whatever it says that this page does not know is ignored. */
function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const known = (name, choices) => Math.max(-1, choices.indexOf(parts.get(name)));
  const number = (name, below) => (/^\d{1,9}$/.test(parts.get(name) ?? "") && Number(parts.get(name)) < below ? Number(parts.get(name)) : -1);
  const names = data.variables.map((variable) => variable.name);
  const choices = { variable: known("variable", names), strategy: known("strategy", data.strategies), statistic: number("statistic", data.variables[0].statistics.length), time: number("time", data.times.length) };
  choices["second-variable"] = known("second_variable", names), choices["second-strategy"] = known("second_strategy", data.strategies);
  for (const [name, found] of Object.entries(choices)) if (found >= 0) byId(name).value = found;
  if (["0", "1"].includes(parts.get("difference"))) byId("difference").checked = parts.get("difference") === "1";
  if (["year", "single"].includes(parts.get("period"))) byId("period").value = parts.get("period");
  if (parts.has("variable")) byId("second").checked = several && choices["second-variable"] >= 0;
  const province = known("state", data.best_by_province.where), place = known("place", data.codes);
  if (province > 0) view.province = province;
  if (place >= 0) view.pinned = place;
  const corner = /^(\d{1,6}),(\d{1,6}),(\d{4,5})$/.exec(parts.get("view") ?? "");
  if (corner && several) setFrame(Number(corner[1]), Number(corner[2]), Number(corner[3]) / 1000);
  else if (province > 0) zoomTo(province);
}
