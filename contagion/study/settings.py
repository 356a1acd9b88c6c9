"""The schema of the configuration: from plain values to validated settings and strategies.

Default values live in `conf/`; types, units and bounds are declared where they are used. An unknown key, a
wrong type and a number out of bounds are errors that name the key, the value and what would be right.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from contagion._util.dates import day
from contagion.errors import InputError, nearest
from contagion.interventions.historical import LeftOut
from contagion.interventions.registry import Classes, Strategy, build_intervention
from contagion.kernel.intervention import Intervention


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
    drawn_replicates: int | None = Field(ge=0, le=1_000_000)
    deterministic: Switch
    generator: Literal["hash", "threefry"]
    chunk_size: int | None = Field(ge=1, le=1_000_000)
    batch: int | None = Field(ge=1, le=1_000_000)
    tolerance: float | None = Field(gt=0, le=1000)


class Runtime(Section):
    """Where, how exactly and how loudly to run."""

    device: Literal["auto", "cpu", "gpu"]
    precision: Literal["float32", "float64"]
    progress: Switch


class Engine(Section):
    """What starts workers, and how many; keys of other engines keep their default."""

    kind: Literal["local", "dask", "slurm", "ray"]
    workers: int | None = Field(ge=1, le=10_000)
    lease: float = Field(ge=1, le=86_400, strict=False)
    scheduler: str | None = None
    cluster: Literal["slurm", "local"] = "slurm"
    minutes: int = Field(default=240, ge=1, le=100_000)
    parameters: dict[str, str | int | float | bool] = {}
    gpus: float = Field(default=0, ge=0, le=1024, strict=False)


class Forecasting(Section):
    """Forecasts of a record: at how many earlier origins they are scored, how far ahead, from how many draws."""

    origins: int = Field(ge=1, le=100)
    horizons: list[Annotated[int, Field(ge=1, le=60)]] | None = Field(min_length=1)
    draws: int = Field(ge=50, le=10_000)
    rate: float = Field(gt=0, le=100_000)


class Cost(Section):
    """How cost is weighed against homicides averted."""

    discount_rate: float | None = Field(ge=0, le=1)
    value_of_life: float | None = Field(gt=0, le=1e6)


def _two(value: Any) -> Any:
    """Two numbers, of which the second is larger."""
    right = isinstance(value, list) and len(value) == 2 and all(isinstance(each, int | float) for each in value)
    if not right or not value[0] < value[1]:
        raise PydanticCustomError("bounds", "must be two rising numbers, such as [0, 104]")
    return value


Bounds = Annotated[list[int | float], BeforeValidator(_two)]


class Optimising(Section):
    """The search for a plan: what it may hold, what is to be low, and how long to search."""

    options: dict[str, dict[str, Any]]
    vary: dict[str, dict[str, Bounds]]
    places: dict[str, Annotated[int, Field(ge=1, le=100_000)]]
    units: Literal["provinces", "deployment_regions", "places"]
    aim: str
    beside: list[str]
    measure: Literal["mean", "upper_decile", "worst_third"]
    limits: dict[str, float]
    evaluations: int = Field(ge=20, le=100_000)
    per_plan: int = Field(ge=2, le=100_000)
    check: int = Field(ge=2, le=100_000)
    random: int = Field(ge=0, le=1000)


class History(Section):
    """Which recorded events of the region happen under a strategy."""

    removals: Switch = True
    operations: Switch = True


class Settings(Section):
    """The whole configuration; components are validated where they are built."""

    task: Literal["simulate", "forecast", "optimise"] = "simulate"
    region: dict[str, Any]
    params: dict[str, Any]
    priors: dict[str, Any]
    strategies: dict[str, dict[str, dict[str, Any]]]
    intervention: dict[str, dict[str, Any]] = {}
    driver: dict[str, dict[str, Any]] = {}
    anchor: Literal["forecast", "record", "none"] | None
    mechanism_weight: float = Field(ge=0, le=1)
    weeks: int = Field(ge=1, le=5200)
    start: Annotated[date | None, BeforeValidator(day)]
    forecast: Forecasting
    optimise: Optimising
    record: Literal["month", "week"]
    output: Literal["summary", "full"]
    language: Literal["en", "es"]
    figures: list[Literal["png", "svg", "pdf"]] = Field(min_length=1)
    export: list[Literal["gpkg", "csv", "netcdf", "xlsx"]]
    budget: float | None = Field(gt=0, le=1e9)
    cost: Cost
    ensemble: Ensemble
    engine: Engine
    runtime: Runtime

    @field_validator("start")
    @classmethod
    def _dated(cls, start: date | None, info: ValidationInfo) -> date | None:
        """A simulation has a first day; a forecast may begin where the record ends."""
        if start is None and info.data.get("task") != "forecast":
            raise PydanticCustomError("start", "must be a date such as 2020-01-01; null is for task=forecast")
        return start


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
    if problem["type"] == "list_type":
        return f"{key}={problem['input']!r}: must be a list, such as [{problem['input']}]"
    if problem["type"] == "too_short":
        return f"{key}={problem['input']!r}: must name at least one: {allowed(_schema(model, problem['loc']))}"
    return f"{key}={problem['input']!r}: {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _schema(model: type[BaseModel], path: Sequence[Any]) -> dict[str, Any]:
    """JSON schema of a key."""
    for part in path[:-1]:
        owner: Any = model.model_fields[part].annotation
        model = owner
    return model.model_json_schema()["properties"][path[-1]]


def allowed(schema: Mapping[str, Any]) -> str:
    """What a key takes, in words.

    Parameters
    ----------
    schema
        JSON schema of the key.
    """
    if "anyOf" in schema:
        first, *others = schema["anyOf"]
        if "enum" in first:
            return allowed({"enum": [*first["enum"], *map(allowed, others)]})
        return " or ".join(map(allowed, schema["anyOf"]))
    if "enum" in schema:
        *others, last = schema["enum"]
        return f"{', '.join(others)} or {last}"
    kind = schema["type"]
    if kind == "array":
        return f"list of {allowed(schema['items']).replace(' or ', ', ')}"
    if kind in ("integer", "number"):
        words = {"minimum": "", "exclusiveMinimum": "above ", "maximum": "to ", "exclusiveMaximum": "to below "}
        return " ".join(f"{word}{schema[bound]:,.15g}" for bound, word in words.items() if bound in schema)
    if schema.get("format") == "date":
        return "YYYY-MM-DD"
    return {"boolean": "on or off", "null": "null", "object": "mapping", "string": "text"}[kind]


def build_strategies(settings: Settings, own: Classes | None = None) -> dict[str, Strategy]:
    """Build the strategies to compare.

    Interventions chosen with `intervention=[a,b]` make one strategy `a+b`, compared with `baseline` alone.

    Parameters
    ----------
    settings
        Validated settings.
    own
        Classes by name that the settings may name besides those of the package and of installed packages.

    Returns
    -------
    dict of str to tuple of Intervention
        Strategies by name.

    Raises
    ------
    InputError
        Where there is none, or one cannot be built.
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
        name: tuple(_part(option, values, f"strategies.{name}", own) for option, values in parts.items())
        for name, parts in chosen.items()
    }


def _part(option: str, values: dict[str, Any], where: str, own: Classes | None) -> Intervention:
    """An option of a strategy, or what it leaves out of the history of the region."""
    if option != "history":
        return build_intervention(option, values, where, own=own)
    kept: History = validate(History, values, f"{where}.history")
    return LeftOut(removals=not kept.removals, operations=not kept.operations)


def build_drivers(settings: Settings, own: Classes | None = None) -> Strategy:
    """Build what happens under every strategy, chosen with `driver=[a,b]`.

    Parameters
    ----------
    settings
        Validated settings.
    own
        Classes by name that the settings may name besides those of the package and of installed packages.

    Returns
    -------
    tuple of Intervention
        The drivers.

    Raises
    ------
    InputError
        Where one cannot be built.
    """
    return tuple(build_intervention(name, values, "driver", "driver", own) for name, values in settings.driver.items())
