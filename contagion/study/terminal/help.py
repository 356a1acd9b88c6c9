"""`contagion help TOPIC`: each key with its default value, what it takes, and what it means.

Default values and meanings are those of the files in `conf/`, where they are declared; types, units and bounds those of
the settings, the options of regions, and the fields of options and parameters.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from contagion._util.resources import folder
from contagion.errors import InputError, nearest
from contagion.interventions.registry import option_class
from contagion.kernel.params import Params
from contagion.regions.atlas import KINDS as REGIONS
from contagion.study.settings import Engine, Ensemble, Forecasting, Optimising, Runtime, Settings, allowed
from contagion.study.terminal.mistakes import GROUPS, chosen, options_of

DECLARED = re.compile(r"^((?:  )?)(\w+):([^#\n]*)(?:# *(.*(?:\n +#.*)*))?$", re.M)  # a key, its value, its comment
SECTIONS: Mapping[str, type[BaseModel]] = {  # of conf/config.yaml
    "run": Settings, "ensemble": Ensemble, "runtime": Runtime, "forecast": Forecasting, "optimise": Optimising,
}  # fmt: skip
TOPICS = {
    "run": "what is run, for how long, and what is written",
    "ensemble": "replicates, random numbers and batches",
    "runtime": "device, precision and progress bars",
    "forecast": "forecasts of a record",
    "optimise": "the search for a plan",
    "params": "numbers of the model",
    "intervention": "options that make a strategy",
    "driver": "options that happen under every strategy",
    "strategies": "lists of strategies to compare",
    "experiment": "whole studies",
    "region": "places, people and groups",
    "priors": "from what assumed numbers are drawn",
    "engine": "what starts workers",
}
CONDITIONS = (
    "Any option takes after and until as well, conditions on which it starts and ends, within, areas outside which it "
    "does nothing, and dose, its scale (docs/command.md)."
)


@dataclass(frozen=True)
class Entry:
    """A key of the configuration."""

    key: str
    default: str
    takes: str
    meaning: str

    def __rich__(self) -> Group:
        return Group(Text(f"{self.key}={self.default}  ({self.takes})"), _indented(self.meaning))


def help_on(topic: str | None = None) -> Group:
    """What there is to know of a topic, for the terminal.

    Parameters
    ----------
    topic
        Of `TOPICS`, an option such as `intervention.kingpin` or `kingpin`, or a key; None to list topics.

    Raises
    ------
    InputError
        Where there is no such topic.
    """
    if topic is None:
        more = "or an option, such as intervention.kingpin or region.mexico, or a key, such as ensemble.replicates"
        return Group(Text("contagion help TOPIC\n"), _listed(TOPICS), Text(f"\n{more}"))
    if topic in SECTIONS:
        return Group(*_section(topic))
    if topic in GROUPS:
        return Group(*_group(topic))
    options = {f"{group}.{option}": (group, option) for group in GROUPS for option in options_of(group)}
    named = [found for full, found in options.items() if topic in (full, full.partition(".")[2])]
    if named:
        return Group(*_option(*named[0]))
    keys = {entry.key: entry for entry in _keys()}
    if found := [entry for key, entry in keys.items() if topic in (key, key.rpartition(".")[2])]:
        return Group(*found)
    raise InputError(f"help {topic}: no such topic; the nearest is {nearest(topic, [*TOPICS, *options, *keys])}")


def _group(group: str) -> Iterator[RenderableType]:
    """Options of a group, and the keys that belong to all of them."""
    yield Text(f"{TOPICS[group]}: {chosen(group, 'NAME')}\n")
    yield _listed({name: _headline(_file(group, name)) for name in options_of(group)})
    if group == "params":
        yield Text("\nand of each of them\n")
        yield from _numbers("params", Params, _declared(_file(group, "default")))
    else:
        yield Text(f"\ncontagion help {group}.NAME says more of one")


def _option(group: str, option: str) -> Iterator[RenderableType]:
    """What an option of a group is, and its keys."""
    file = _file(group, option)
    yield Text(f"{chosen(group, option)}\n")
    yield _indented(_comment(file) + "\n")
    declared = _declared(file)
    if group in ("intervention", "driver"):
        inside = {key.partition(".")[2]: value for key, value in declared.items()}
        yield from _numbers(f"{group}.{option}", option_class(option, group, group), inside)
        yield Text(f"\nIn a strategy: strategies.NAME.{option}.KEY. {CONDITIONS}")
    elif group in ("region", "engine"):
        model = REGIONS[option].Options if group == "region" else Engine
        yield from _settings(f"{group}.", model, declared)
    else:
        yield Text(f"{file.relative_to(folder('conf').parent)}\n")
        yield Text(re.sub(r"\A(#.*\n)+", "", file.read_text(encoding="utf-8")))


def _section(section: str) -> Iterator[Entry]:
    """Keys of a section of the configuration."""
    prefix = "" if section == "run" else f"{section}."
    declared = _declared(folder("conf") / "config.yaml")
    return _settings(prefix, SECTIONS[section], {key.removeprefix(prefix): value for key, value in declared.items()})


def _settings(prefix: str, model: type[BaseModel], declared: Mapping[str, tuple[str, str]]) -> Iterator[Entry]:
    """Keys of a model of pydantic; meanings are its descriptions, or else the comments of the file."""
    schemas = model.model_json_schema()["properties"]
    for key, (default, comment) in declared.items():
        if key in schemas and key != "kind" and "$ref" not in schemas[key]:
            meaning = schemas[key].get("description", comment)
            yield Entry(f"{prefix}{key}", default, allowed(schemas[key]), meaning)


def _numbers(prefix: str, component: type[Any], declared: Mapping[str, tuple[str, str]]) -> Iterator[Entry]:
    """Fields of an option or of the parameters; a file may have left out those that have a default of their own."""
    for field in fields(component):
        default, meaning = declared[field.name]
        yield Entry(f"{prefix}.{field.name}", default, _taken(field.metadata), meaning)


def _taken(declared: Mapping[str, Any]) -> str:
    """What a declared field takes, in words."""
    if "choices" in declared:
        return allowed({"enum": declared["choices"]})
    if "instead" in declared:
        return f"area of the region, or null for {declared['instead']}"
    if "named" in declared:
        return f"list of groups; where empty, {declared['named']}"
    return f"{declared['unit']}, {declared['low']:,.15g} to {declared['high']:,.15g}"


def _keys() -> Iterator[Entry]:
    """Keys that belong to no option of a group."""
    for section in SECTIONS:
        yield from _section(section)
    yield from _numbers("params", Params, _declared(_file("params", "default")))


@cache
def _declared(file: Path) -> dict[str, tuple[str, str]]:
    """Of each key of a file, with that of its section before it, the value as it is written, and the comment."""
    found, section = {}, ""
    for inside, key, value, comment in DECLARED.findall(file.read_text(encoding="utf-8")):
        section = section if inside else ("" if value.strip() else f"{key}.")
        name = key if section == f"{key}." and not inside else f"{section if inside else ''}{key}"
        found[name] = value.strip().strip('"'), re.sub(r"\n +# *", " ", comment)
    return found


def _comment(file: Path) -> str:
    """What a file says of itself before its first key."""
    lines = file.read_text(encoding="utf-8").splitlines()
    said = lines[: next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))]
    return " ".join(line.lstrip("# ") for line in said if not line.startswith("# @"))


def _headline(file: Path) -> str:
    """The first sentence of the same."""
    return re.split(r"(?<=[a-z)0-9])[.:] ", _comment(file) + " ")[0].rstrip(". ")


def _file(group: str, option: str) -> Path:
    return folder("conf") / group / f"{option}.yaml"


def _listed(meanings: Mapping[str, str]) -> Table:
    """Names, each with what it means."""
    table = Table.grid(padding=(0, 2), pad_edge=True)
    for name, meaning in meanings.items():
        table.add_row(Text(name, no_wrap=True), Text(meaning))
    return table


def _indented(text: str) -> Padding:
    return Padding(Text(text), (0, 0, 0, 6))
