"""Writes the gallery: every option with what it does, what it rests on, its numbers, and one picture.

python docs/gallery.py [NAME ...]

Pictures of the named options, of all without a name, are drawn anew; the page is written in any case.
"""

import inspect
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import xarray as xr
from matplotlib import rc_context
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from paper import BLUE, PALE, dress, save
from rich.progress import track

import contagion
from contagion._util.resources import folder
from contagion._util.text import sentence
from contagion.analysis.select import by_strategy
from contagion.interventions.registry import intervention_names, load_driver, load_intervention
from contagion.kernel.intervention import Intervention
from contagion.plots.color_classes import change_classes
from contagion.plots.panels import Outlines, project
from contagion.plots.style import FAINT, INK, NAME, STYLE, broken
from contagion.regions.atlas import Atlas

PAGE = Path(__file__).with_name("gallery.md")
FOLDER = PAGE.with_suffix("")
REPLICATES, WEEKS = 16, 208
QUARTER, YEAR = 3, 12  # months: over which curves are averaged, and before most options start
SIZE = (3.64, 2.36)  # inches
NUMBERS = 6  # of an option that are listed
KINDS = {"intervention": load_intervention, "driver": load_driver}
# What tells most about an option, where it is not the homicides of the whole region: on a map where it acts in places.
ON_A_MAP = {
    "barracks": "homicide_rate",
    "concentric_handover": "homicide_rate",
    "eradication": "homicide_rate",
    "fuel_theft_crackdown": "homicide_rate",
    "humanitarian_access": "served",
    "militias": "homicide_rate",
    "mobilisation": "trust",
    "national_guard": "military",
    "prevention_zones": "members",
    "reactive_surge": "homicide_rate",
    "relapse_watch": "military",
    "transformative_investment": "members",
    "victims_support": "trust",
}
OVER_TIME = {
    "alternative_livelihoods": "members",
    "amnesty": "members",
    "economic_shock": "members",
    "financial": "members",
    "foreign_market": "members",
    "incapacitation_increase": "members",
    "legalisation": "members",
    "opium_price": "members",
    "police_reform": "controlled",
    "prison_reform": "members",
    "protection_mechanism": "reporting",
    "us_demand": "members",
    "use_of_force": "trust",
}
# What keeps what others brought is shown beside an option that brings it, and against that option alone.
BESIDE = {"relapse_watch": "reactive_surge"}

INTRODUCTION = """# Gallery

Every option with what it does, what it rests on, the command that runs it, its main numbers and one picture; the
drivers, which happen under every strategy, follow. `python docs/gallery.py` writes this page. Pictures show
{replicates} replicates of {weeks} weeks on the schematic region, whose municipal borders and groups are not real, with
the default numbers, against the baseline: maps the mean from the second year on, curves the median and the 90 % band of
replicates. Sizes follow from assumed numbers; [interventions.md](interventions.md) says which directions hold whatever
these are.
"""


def main(names: Iterable[str]) -> None:
    """Draws the pictures of some options, or of all, and writes the page."""
    wanted = set(names) or {name for _, name in options()}
    draw([(kind, name) for kind, name in options() if name in wanted])
    PAGE.write_text(page(), encoding="utf-8")


def options() -> list[tuple[str, str]]:
    """Kind and name of all options, drivers last."""
    return [(kind, name) for kind in KINDS for name in intervention_names(kind)]


def page() -> str:
    """The page, of what options say about themselves."""
    sections = [INTRODUCTION.format(replicates=REPLICATES, weeks=WEEKS)]
    for kind in KINDS:
        sections += [f"## {sentence(kind)}s\n", *(entry(kind, name) for name in intervention_names(kind))]
    return "\n".join(sections)


def entry(kind: str, name: str) -> str:
    """The lines of one option."""
    path = f"conf/{kind}/{name}.yaml"
    text = (folder("conf") / kind / f"{name}.yaml").read_text(encoding="utf-8")
    status = " ".join(re.findall(r"^# (.*)", text, re.M))
    numbers = re.findall(r"^  (\w+): +(\S+) +# (.*)", text, re.M)
    listed = "; ".join(f"`{key}` {value} ({meaning})" for key, value, meaning in numbers[:NUMBERS])
    more = f"; all in [{path}](../{path})"
    against = f" (shown with {BESIDE[name]}, against {BESIDE[name]} alone)" if name in BESIDE else ""
    return (
        f"### {name}\n\n"
        f"- **Does**: {summary(KINDS[kind](name))}\n"
        f"- **Rests on**: {status}\n"
        f"- **Run**: `contagion {kind}=[{','.join([*beside(name), name])}]`{against}\n"
        f"- **Numbers**: {listed}{more}\n\n"
        f"![{name}]({FOLDER.name}/{name}.png)\n"
    )


def beside(name: str) -> list[str]:
    """What an option is shown with."""
    return [BESIDE[name]] if name in BESIDE else []


def summary(option: Intervention) -> str:
    """The first sentence of what its class says about it."""
    first = inspect.cleandoc(type(option).__doc__ or "").split("\n\n")[0]
    return re.split(r"(?<=\.) (?=[A-Z*])", " ".join(first.split()))[0]


def draw(chosen: Sequence[tuple[str, str]]) -> None:
    """One picture for each option; one run is held at a time, beside the baseline."""
    atlas = contagion.load_region("schematic")
    FOLDER.mkdir(exist_ok=True)
    alone = run(atlas, "baseline")
    outlines = project(atlas.polygons, alone.place)
    for kind, name in track(chosen, "pictures"):
        others = beside(name)
        baseline = run(atlas, "baseline", others) if others else alone
        both = xr.concat(
            [baseline, run(atlas, name, [*others, name], kind)], "strategy", join="exact", combine_attrs="override"
        )
        with rc_context(STYLE):
            save(map_of(both, name, outlines) if name in ON_A_MAP else curve_of(both, name), FOLDER / f"{name}.png")


def run(atlas: Atlas, name: str, options: Sequence[str] = (), kind: str = "intervention") -> xr.Dataset:
    """Some options of one kind, as a strategy of that name."""
    acting = tuple(map(KINDS[kind], options))
    drivers, own = (acting, ()) if kind == "driver" else ((), acting)
    return contagion.simulate(atlas, {name: own}, drivers=drivers, weeks=WEEKS, replicates=REPLICATES)


def map_of(both: xr.Dataset, name: str, outlines: Outlines) -> Figure:
    """Where a variable of places changes."""
    values = by_strategy(both, ON_A_MAP[name], time=slice(both.time.values[YEAR], None))
    change = (values.sel(strategy=name) - values.sel(strategy="baseline")).to_numpy()
    classes, units = change_classes(change), str(values.units)
    figure = Figure(figsize=SIZE, facecolor="white")
    figure.text(0.02, 0.97, f"{sentence(values.long_name)}: change", size=8, weight="bold", color=INK, va="top")
    figure.text(0.02, 0.89, "share" if units == "1" else units, size=6.5, color=FAINT, va="top")
    axes = figure.add_axes((0, 0, 1, 0.82))
    colours = classes.colours[classes.assign(change)]
    axes.add_collection(PathCollection(outlines.places, facecolors=colours, edgecolors="none"))
    axes.add_collection(PathCollection(outlines.states, facecolors="none", edgecolors=FAINT, linewidths=0.25))
    axes.set(xlim=(outlines.west, outlines.east), ylim=(outlines.south, outlines.north), aspect="equal", anchor="SE")
    axes.axis("off")
    entries = zip(classes.colours, classes.labels, strict=True)
    keys = [Patch(facecolor=colour, edgecolor=PALE, label=label) for colour, label in entries][::-1]
    figure.legend(
        handles=keys, loc="lower left", fontsize=6, frameon=False, labelcolor=INK, handlelength=1.2, labelspacing=0.25,
        borderaxespad=0.3,
    )  # fmt: skip
    return figure


def curve_of(both: xr.Dataset, name: str) -> Figure:
    """A national variable relative to the baseline, over time."""
    values = both[f"{OVER_TIME.get(name, 'homicides')}_total"].rolling(time=QUARTER, min_periods=1).mean()
    ratio = 100 * (values.sel(strategy=name) / values.sel(strategy="baseline") - 1)
    low, middle, high = ratio.quantile([0.05, 0.5, 0.95], "replicate").to_numpy()
    years = both["weeks"].cumsum("time").to_numpy() / 52
    figure = Figure(figsize=SIZE, facecolor="white", layout="constrained")
    axes = figure.subplots()
    axes.fill_between(years, low, high, color=BLUE, alpha=0.2, linewidth=0)
    axes.plot(years, middle, color=BLUE, linewidth=1.4)
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.set(xlim=(0, years[-1]), ylim=(min(-1, 1.05 * low.min()), max(1, 1.05 * high.max())))
    dress(axes, broken(sentence(values.long_name.split(",")[0]), NAME, SIZE[0] - 0.6), "year", "change, %")
    return figure


if __name__ == "__main__":
    main(sys.argv[1:])
