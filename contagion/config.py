"""The schema of the configuration: from plain values to validated settings and components.

Default values live in `conf/`; types, units and bounds are declared where they are used. An unknown key, a
wrong type and a number out of bounds are errors that name the key, the value and what would be right.
"""

import importlib
import math
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any, Literal, TypeVar

import equinox as eqx
import jax.numpy as jnp
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contagion.errors import InputError, nearest
from contagion.interventions import Intervention
from contagion.resources import folder
from contagion.state import Params

Component = TypeVar("Component", bound=eqx.Module)
Strategy = tuple[Intervention, ...]


class Section(BaseModel):
    """A part of the configuration: unknown keys are errors, types are not coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Ensemble(Section):
    """Replicates under common random numbers."""

    replicates: int = Field(ge=1, le=1_000_000)
    seed: int = Field(ge=0, lt=2**32)
    priors: bool
    deterministic: bool
    lanes: int | None = Field(ge=1, le=1_000_000)


class Runtime(Section):
    """Where and how loudly to run."""

    device: Literal["auto", "cpu", "gpu"]
    progress: bool


class Settings(Section):
    """The whole configuration; components are validated where they are built."""

    region: dict[str, Any]
    params: dict[str, Any]
    priors: dict[str, Any]
    strategies: dict[str, dict[str, dict[str, Any]]]
    intervention: dict[str, dict[str, Any]] = {}
    weeks: int = Field(ge=1, le=5200)
    start: date = Field(strict=False)
    record: Literal["month", "week"]
    output: Literal["summary", "full"]
    ensemble: Ensemble
    runtime: Runtime


def validate(model: type[BaseModel], values: Mapping[str, Any], where: str = "") -> Any:
    """An instance of `model`, or InputError with one line per key that is wrong."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise InputError("\n".join(_sentence(model, problem, where) for problem in error.errors())) from None


def _sentence(model: type[BaseModel], problem: Any, where: str) -> str:
    key = ".".join(str(part) for part in (*([where] if where else []), *problem["loc"]))
    if problem["type"] == "extra_forbidden":
        owner: Any = model
        for part in problem["loc"][:-1]:
            owner = owner.model_fields[part].annotation
        return f"{key}: no such key; the nearest is {nearest(problem['loc'][-1], owner.model_fields)}"
    if problem["type"] == "missing":
        return f"{key}: missing"
    return f"{key}={problem['input']!r}: {problem['msg'][0].lower()}{problem['msg'][1:]}"


def build(component: type[Component], values: Mapping[str, Any], where: str) -> Component:
    """A component whose fields are declared with `number`, from plain values.

    Raises InputError that names `where`.key, the value, the unit and the bounds.
    """
    declared = {field.name: field for field in fields(component)}
    for key in values:
        if key not in declared:
            raise InputError(f"{where}.{key}: no such key; the nearest is {nearest(key, declared)}")
    if missing := [key for key in declared if key not in values]:
        raise InputError(f"{where}: missing {', '.join(missing)}")
    return component(**{key: _number(declared[key], values[key], f"{where}.{key}") for key in declared})


def _number(field: Any, value: Any, where: str) -> Any:
    whole = field.type is int or "int32" in getattr(field.type, "dtypes", ())
    low, high, unit = (field.metadata[part] for part in ("low", "high", "unit"))
    wanted = f"{'a whole number' if whole else 'a number'} from {low} to {high} ({unit})"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise InputError(f"{where}={value!r}: must be {wanted}")
    if not (math.isfinite(value) and low <= value <= high):
        raise InputError(f"{where}={value!r}: out of bounds, must be {wanted}")
    if field.type is int:
        return value
    return jnp.asarray(value, jnp.int32 if whole else jnp.float32)


def build_params(values: Mapping[str, Any]) -> Params:
    """Params from plain values, refused where violence would breed itself without end."""
    params = build(Params, values, "params")
    check_branching(params)
    return params


def at_scale(params: Params, scale: float) -> Params:
    """The same rates per member where groups are `scale` times as large as those of the nation.

    The national law counts persons of a whole country: eta persons are arrested a week, theta and omega multiply
    products of national totals. In a part of a country, or in another one, what stays is the rate per member (assumed).
    """
    return replace(
        params,
        incapacitation=params.incapacitation * scale,
        operators_half=params.operators_half * scale,
        conflict=params.conflict / scale,
        saturation=params.saturation / scale,
    )


def branching_ratio(params: Params) -> float:
    """Homicides that one homicide leads to in the end, k1 + k2: the spectral radius of k1 I + k2 W.

    W is row-standardised, so its radius is 1; the memory's weights sum to 1. The largest over replicates.
    """
    return float(jnp.max(params.retaliation + params.spillover))


def check_branching(params: Params) -> None:
    """Raises InputError for a supercritical set."""
    if (ratio := branching_ratio(params)) >= 1:
        raise InputError(
            f"params.retaliation + params.spillover = {ratio:.3g}: the branching ratio must be below 1, "
            "or violence grows without end"
        )


def intervention_names() -> list[str]:
    """Every option of the group `intervention`."""
    return sorted(path.stem for path in (folder("conf") / "intervention").glob("*.yaml"))


def build_intervention(name: str, values: Mapping[str, Any], where: str = "intervention") -> Intervention:
    """The intervention `name`, a file of contagion/interventions with one class; what is not given is as in `conf`."""
    if name not in intervention_names():
        raise InputError(
            f"{where}: no intervention {name!r}; the nearest is {nearest(name, intervention_names())}. One of your "
            "own needs a class in contagion/interventions and its values in conf/intervention"
        )
    values = {**default("intervention", name)[name], **values}
    module = importlib.import_module(f"contagion.interventions.{name}")
    (kind,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Intervention) and value.__module__ == module.__name__
    )
    return build(kind, values, f"{where}.{name}")


def build_strategies(settings: Settings) -> dict[str, Strategy]:
    """The strategies to compare, by name.

    Interventions chosen with `intervention=[a,b]` make one strategy `a+b`, compared with `baseline` alone.
    """
    chosen: dict[str, dict[str, Any]] = dict(settings.strategies)
    if settings.intervention:
        chosen = {"baseline": {}, "+".join(settings.intervention): settings.intervention}
    if not chosen:
        raise InputError("strategies: none given; name at least one, such as baseline: {}")
    # What all others are compared with comes first: the baseline, or else a strategy that does nothing.
    first = min(chosen, key=lambda name: (name != "baseline", bool(chosen[name])))
    chosen = {first: chosen[first], **chosen}
    return {
        name: tuple(build_intervention(option, values, f"strategies.{name}") for option, values in parts.items())
        for name, parts in chosen.items()
    }


def default(group: str, option: str) -> dict[str, Any]:
    """The plain values of `conf/<group>/<option>.yaml`, on top of those of the options it names in its `defaults`."""
    available = [path.stem for path in (folder("conf") / group).glob("*.yaml")]
    if option not in available:
        raise InputError(f"{group}={option}: no such option; the nearest is {nearest(option, available)}")
    values = yaml.safe_load((folder("conf") / group / f"{option}.yaml").read_text(encoding="utf-8"))
    below = [name for name in values.pop("defaults", []) if name != "_self_"]
    return {key: value for name in below for key, value in default(group, name).items()} | values


def load_params(preset: str = "default", /, **changes: float) -> Params:
    """The parameters of `conf/params/<preset>.yaml` with some numbers changed."""
    return build_params({**default("params", preset), **changes})


def load_intervention(name: str, **changes: float) -> Intervention:
    """The intervention `name` with its default numbers, some changed."""
    return build_intervention(name, changes)
