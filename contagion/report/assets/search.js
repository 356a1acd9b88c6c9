// The search: a combobox of places and provinces by name, code and other names, without accents, most residents first.

const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
const MOST = 8; // candidates shown
let entries = []; // what can be found: a label, the province or place, names without accents, residents
let candidates = [], active = -1; // what the list shows, and the one that Enter takes

function prepareSearch() {
  const count = new Map();
  data.names.forEach((_, place) => count.set(nameOf(place), (count.get(nameOf(place)) ?? 0) + 1));
  const living = data.states.map(() => 0);
  data.residents.forEach((residents, place) => (living[data.state_of[place]] += residents));
  const made = (label, target, names, also, residents) => {
    const every = [...names, ...(also ?? [])].map(folded);
    return { label: also ? `${label} (${also.join(", ")})` : label, target, names: every, residents };
  };
  const { places: ofPlaces, provinces: ofProvinces } = data.aliases;
  const provinces = data.best_by_province.where.slice(1).map((name, number) =>
    made(say("state", { name }), { province: number + 1 }, [name], ofProvinces[number], living[number]));
  entries = [...provinces, ...data.names.map((name, place) => {
    const label = count.get(nameOf(place)) > 1 ? `${nameOf(place)} (${data.codes[place]})` : nameOf(place);
    return made(label, { place }, [name, nameOf(place), data.codes[place]], ofPlaces[place], data.residents[place]);
  })];
  const box = byId("search");
  box.addEventListener("input", suggest);
  box.addEventListener("keydown", onSearchKey);
  box.addEventListener("blur", () => close());
  byId("found").addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  byId("found").addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(candidates[Number(option.dataset.number)]);
  });
}

/** Best first: the name itself, then how it begins, how a word of it begins, and what it holds. */
function suggest() {
  const wanted = folded(byId("search").value);
  const fits = (name) => (name === wanted ? 0 : name.startsWith(wanted) ? 1 : name.includes(` ${wanted}`) ? 2 : name.includes(wanted) ? 3 : 4);
  const ranked = wanted ? entries.map((each) => ({ each, rank: Math.max(1, Math.min(...each.names.map(fits))) })) : [];
  const exact = ({ names }) => names.includes(wanted) && names.indexOf(wanted) > 0; // a code or another name
  const better = (one, other) => exact(other.each) - exact(one.each) || one.rank - other.rank || other.each.residents - one.each.residents;
  candidates = ranked.filter(({ rank }) => rank < 4).sort(better).slice(0, MOST).map(({ each }) => each);
  active = candidates.length ? 0 : -1;
  byId("found").replaceChildren(...candidates.map(({ label }, number) =>
    element("li", { role: "option", id: `found-${number}`, "data-number": number }, label)));
  byId("outcome").textContent = !wanted ? "" : candidates.length ? say("found", { count: candidates.length }) : say("not_found");
  mark();
}

function mark() {
  const open = candidates.length > 0;
  byId("found").hidden = !open;
  byId("search").setAttribute("aria-expanded", open);
  [...byId("found").children].forEach((option, number) => option.setAttribute("aria-selected", number === active));
  if (active < 0) return byId("search").removeAttribute("aria-activedescendant");
  byId("search").setAttribute("aria-activedescendant", `found-${active}`);
  byId(`found-${active}`).scrollIntoView({ block: "nearest" });
}

function close() {
  candidates = [], active = -1;
  mark();
}

function onSearchKey(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && !candidates.length) suggest();
  else if (step) active = (active + step + candidates.length) % candidates.length, mark();
  else if (event.key === "Enter" && active < 0) suggest();
  else if (event.key === "Enter") take(candidates[active]);
  else if (event.key === "Escape" && candidates.length) close();
  else return;
  event.preventDefault();
}

function take({ label, target }) {
  byId("search").value = label;
  close();
  byId("outcome").textContent = say("shown", { label });
  if ("province" in target) choose(target.province);
  else pin(target.place), follow(target.place, Math.min(6, CLOSEST));
}
