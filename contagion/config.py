"""The schema of the configuration: from plain values to validated settings and components.

Default values live in `conf/`; types, units and bounds are declared where they are used. An unknown key, a
wrong type and a number out of bounds are errors that name the key, the value and what would be right.
"""

import importlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import equinox as eqx
import jax.numpy as jnp
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from contagion.consistency import check
from contagion.errors import InputError, nearest
from contagion.interventions import Intervention
from contagion.params import Params
from contagion.posterior import Posterior, read_posterior
from contagion.resources import folder

Component = TypeVar("Component", bound=eqx.Module)
Strategy = tuple[Intervention, ...]


def _switch(value: Any) -> bool:
    """True or false from a word as well: on a command line `on` and `off` arrive as text."""
    words = {"on": True, "true": True, "off": False, "false": False}
    known = value if isinstance(value, bool) else words.get(str(value).lower())
    if known is None:
        raise PydanticCustomError("switch", "must be one of on, off, true, false")
    return known


Switch = Annotated[bool, BeforeValidator(_switch)]


class Section(BaseModel):
    """A part of the configuration: unknown keys are errors, types are not coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Ensemble(Section):
    """Replicates under common random numbers."""

    replicates: int = Field(ge=1, le=1_000_000)
    seed: int = Field(ge=0, lt=2**32)
    priors: Switch
    deterministic: Switch
    generator: Literal["hash", "threefry"]
    lanes: int | None = Field(ge=1, le=1_000_000)
    batch: int | None = Field(ge=1, le=1_000_000)
    tolerance: float | None = Field(gt=0, le=1000)


class Runtime(Section):
    """Where, how exactly and how loudly to run."""

    device: Literal["auto", "cpu", "gpu"]
    precision: Literal["float32", "float64"]
    progress: Switch


class Settings(Section):
    """The whole configuration; components are validated where they are built."""

    region: dict[str, Any]
    params: dict[str, Any]
    priors: dict[str, Any]
    strategies: dict[str, dict[str, dict[str, Any]]]
    intervention: dict[str, dict[str, Any]] = {}
    driver: dict[str, dict[str, Any]] = {}
    weeks: int = Field(ge=1, le=5200)
    start: date = Field(strict=False)
    record: Literal["month", "week"]
    output: Literal["summary", "full"]
    figures: list[Literal["png", "svg", "pdf"]] = Field(min_length=1)
    export: list[Literal["gpkg", "csv", "netcdf"]]
    budget: float | None = Field(gt=0, le=1e9)
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
    return component(**{key: _value(declared[key], values[key], f"{where}.{key}") for key in declared})


def _value(field: Any, value: Any, where: str) -> Any:
    """A number, one of the words of a choice, or the name of an area."""
    if "choices" in field.metadata:
        words = field.metadata["choices"]
        if value not in words:
            raise InputError(f"{where}={value!r}: must be a choice of {', '.join(words)}")
        return value
    if "instead" in field.metadata:
        if value is not None and not (isinstance(value, str) and value.isidentifier()):
            instead = field.metadata["instead"]
            raise InputError(f"{where}={value!r}: must be a name of an area of the region, or null for {instead}")
        return value or ""
    whole = field.type is int or "int32" in getattr(field.type, "dtypes", ())
    low, high, unit = (field.metadata[part] for part in ("low", "high", "unit"))
    wanted = f"{'a whole number' if whole else 'a number'} from {low} to {high} ({unit})"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise InputError(f"{where}={value!r}: must be {wanted}")
    if not (math.isfinite(value) and low <= value <= high):
        raise InputError(f"{where}={value!r}: out of bounds, must be {wanted}")
    if field.type is int:
        return value
    return jnp.asarray(value, jnp.int32 if whole else float)


def build_params(
    values: Mapping[str, Any], replicates: int | None = None, seed: int = 0, chosen: Iterable[str] = ()
) -> Params:
    """Params from plain values, with one row per replicate of the posterior that they name.

    **Arguments:** `chosen` the numbers that a user asked for by name, which a posterior would override.

    Raises InputError for numbers that contradict each other, and where a posterior cannot be used.
    """
    params = build(Params, {name: value for name, value in values.items() if name != "posterior"}, "params")
    check(params)
    if (fitted := load_posterior(values, params)) is None:
        return params
    if replicates is None:
        raise InputError(
            f"params.posterior={values['posterior']}: needs replicates, which take a row each; null for none"
        )
    if both := sorted(set(chosen) & set(fitted.columns)):
        raise InputError(
            f"params.{both[0]}: is drawn from params.posterior={values['posterior']}; set params.posterior=null for "
            "numbers of your own"
        )
    return replace(params, **fitted.draw(replicates, seed))


def load_posterior(values: Mapping[str, Any], params: Params) -> Posterior | None:
    """The posterior that plain values name, if any; `params` are the numbers it leaves as they are."""
    given = values.get("posterior")
    if not isinstance(given, str | Path | None):
        raise InputError(f"params.posterior={given!r}: must be the path of a CSV file, or null")
    return None if given is None else read_posterior(str(given), params)


def at_scale(params: Params, scale: float) -> Params:
    """The same rates per member where groups are `scale` times as large as those of the nation.

    The national law counts persons of a whole country: eta persons are arrested a week, theta and omega multiply
    products of national totals. In a part of a country, or in another one, what stays is the rate per member (assumed).
    """
    return replace(
        params,
        incapacitation=params.incapacitation * scale,
        operators_half=params.operators_half * scale,
        split_operators_half=params.split_operators_half * scale,
        conflict=params.conflict / scale,
        saturation=params.saturation / scale,
    )


def intervention_names(group: str = "intervention") -> list[str]:
    """Every option of the group `intervention`, or `driver`."""
    return sorted(path.stem for path in (folder("conf") / group).glob("*.yaml"))


def build_intervention(
    name: str, values: Mapping[str, Any], where: str = "intervention", group: str = "intervention"
) -> Intervention:
    """The intervention `name`, a file of contagion/interventions with one class; what is not given is as in `conf`.

    A driver is the same in contagion/drivers and conf/driver.
    """
    if name not in intervention_names(group):
        raise InputError(
            f"{where}: no {group} {name!r}; the nearest is {nearest(name, intervention_names(group))}. One of your "
            f"own needs a class in contagion/{group}s and its values in conf/{group}"
        )
    values = {**preset(group, name)[name], **values}
    module = importlib.import_module(f"contagion.{group}s.{name}")
    (kind,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Intervention) and value.__module__ == module.__name__
    )
    built = build(kind, values, f"{where}.{name}")
    if wrong := built.contradiction():
        raise InputError(f"{where}.{name}: {wrong}")
    return built


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


def build_drivers(settings: Settings) -> Strategy:
    """What happens under every strategy, chosen with `driver=[a,b]`."""
    return tuple(build_intervention(name, values, "driver", "driver") for name, values in settings.driver.items())


def preset(group: str, option: str) -> dict[str, Any]:
    """The plain values of `conf/<group>/<option>.yaml`, on top of the options that its defaults list names."""
    available = [path.stem for path in (folder("conf") / group).glob("*.yaml")]
    if option not in available:
        raise InputError(f"{group}={option}: no such option; the nearest is {nearest(option, available)}")
    own = yaml.safe_load((folder("conf") / group / f"{option}.yaml").read_text(encoding="utf-8"))
    parts = own.pop("defaults", ["_self_"])
    values: dict[str, Any] = {}
    for part in parts if "_self_" in parts else [*parts, "_self_"]:
        values |= own if part == "_self_" else preset(group, part)
    return values


def load_params(
    name: str = "default", /, replicates: int | None = None, seed: int = 0, **changes: float | str | None
) -> Params:
    """The parameters of the preset `name` with some numbers changed.

    **Arguments:** `replicates` and `seed` say how many rows to take of the posterior of the preset, if it has one, or
    of the file given as `posterior`; `posterior=None` leaves it aside.
    """
    return build_params({**preset("params", name), **changes}, replicates, seed, chosen=changes)


def load_intervention(name: str, **changes: float | str | None) -> Intervention:
    """The intervention `name` with its default numbers, some changed."""
    return build_intervention(name, changes)


def load_driver(name: str, **changes: float | str | None) -> Intervention:
    """The exogenous driver `name` with its default numbers, some changed."""
    return build_intervention(name, changes, "driver", "driver")
