"""Writes docs/parameters.md: every number of the model, from the code and the configuration.

python docs/parameters.py
"""

import ast
import inspect
import io
import tokenize
from dataclasses import fields
from pathlib import Path

from contagion.interventions.registry import table as numbers_of_options
from contagion.kernel.params import Params
from contagion.parameters.presets import preset
from contagion.parameters.priors import OPTIONS

HEAD = """# Parameters

Made by `python docs/parameters.py`; do not edit. Meanings, units, bounds, status and sources come from
`contagion/kernel/params.py`, defaults from `conf/params/default.yaml`, priors from `conf/priors/broad.yaml`. Rates are
per week. Processes are numbered as in [Methods](model.md).

- *published*: a number that the source reports; drawn only where the prior says why
- *calibrated*: fitted to recorded data
- *assumed*: a prior, drawn with `ensemble.priors=on`; a source, if there is one, suggests its size without having
  measured it"""
COLUMNS = ("name", "meaning", "default", "unit", "bounds", "status", "prior", "source")


def table() -> str:
    """The page."""
    defaults, priors = preset("params", "default"), preset("priors", "broad")
    declared = {field.name: field.metadata for field in fields(Params)}
    lines = [HEAD]
    for name, (section, meaning) in comments().items():
        if section:
            lines += [f"\n## {section}\n", _row(COLUMNS), _row(["---"] * len(COLUMNS))]
        number = declared[name]
        values = (
            f"`{name}`",
            meaning,
            f"{defaults[name]:.7g}",
            number["unit"],
            f"{number['low']:g} to {number['high']:g}",
            number["status"],
            _prior(priors.get(name)),
            number["source"],
        )
        lines.append(_row(values))
    return "\n".join([*lines, *_of_options(priors[OPTIONS])]) + "\n"


def _of_options(priors: dict) -> list[str]:
    """Those numbers of options that have a prior."""
    rows = numbers_of_options().set_index(["option", "number"])
    columns = ("number", "default", "unit", "prior")
    lines = ["\n## Numbers of options\n", _row(columns), _row(["---"] * len(columns))]
    for option, distributions in priors.items():
        for number, distribution in distributions.items():
            row = rows.loc[(option, number)]
            lines.append(_row((f"`{option}.{number}`", f"{row['default']:.7g}", row["unit"], _prior(distribution))))
    return lines


def comments() -> dict[str, tuple[str, str]]:
    """Of each parameter the section that begins with it, if one does, and its meaning: the comments of the code."""
    source = Path(inspect.getfile(Params)).read_text(encoding="utf-8")
    (body,) = (node.body for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == "Params")
    numbers = [node for node in body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)]
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    at = {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}
    found, above = {}, body[0].end_lineno or 0
    for node in numbers:
        last = node.end_lineno or node.lineno
        section = " ".join(at[line] for line in range(above + 1, node.lineno) if line in at)
        meaning = " ".join(at[line] for line in range(node.lineno, last + 1) if line in at)
        found[ast.unparse(node.target)] = (section.replace("process ", ""), meaning)
        above = last
    return found


def _prior(distribution: dict | None) -> str:
    if distribution is None:
        return ""
    ((kind, (first, second)),) = distribution.items()
    return f"{kind} {first}, {second}"


def _row(cells) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    Path(__file__).with_suffix(".md").write_text(table(), encoding="utf-8")
