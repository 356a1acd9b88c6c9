"""Interface of region kinds: shared options and the data each kind returns."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import geopandas as gpd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from contagion.kernel.intervention import Intervention
from contagion.regions.record import Record


class SharedOptions(BaseModel):
    """Options shared by all kinds; default values are in `conf/region/<kind>.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    groups: int = Field(ge=1, le=256, description="slots of criminal groups")
    hostility_mean: float | None = Field(ge=0, le=10, description="mean hostility weighted by members; none: unscaled")
    law_scale: float | None = Field(
        gt=0, le=1e4, description="size of the region's groups relative to Mexico's in 2012"
    )
    military_per_1000: float = Field(ge=0, le=100, description="military per 1,000 residents")
    police_per_1000: float = Field(ge=0, le=100, description="police per 1,000 residents")
    capability: float = Field(ge=0, le=1, description="integrity and capability of the police, 0 to 1")
    weights: Literal["queen", "distance"] = Field(
        description="equal weights of neighbours, or weights decaying with distance"
    )
    scale_km: float = Field(ge=0.001, le=1e4, description="length of the distance decay, km")
    cutoff_km: float = Field(ge=0.001, le=1e4, description="largest distance between neighbours, km")
    roads: str | None = Field(description="CSV of road distances: from, to (codes of places), km")
    rivalry: str | None = Field(
        description="CSV of deaths attributed to rivalry between groups: code, time (months or years), count"
    )
    areas: str | None = Field(description="CSV of areas where options act: code, and a numeric column for each")


@dataclass(frozen=True)
class Places:
    """Validated polygons and tables of one region, before assembly."""

    name: str  # of the whole region
    polygons: gpd.GeoDataFrame  # by code: name, state, population, homicides (per week), strategic, geometry
    members: NDArray  # [group, place] persons
    hostility: NDArray  # [group, group] zero diagonal; relative if `hostility_mean` is set
    groups: tuple[str, ...]  # names of the slots
    source: str  # attribution for maps
    notes: tuple[str, ...] = ()  # repairs and assumptions
    hashes: dict[str, str] = field(default_factory=dict)  # file -> SHA-256
    schematic: bool = False
    areas: dict[str, NDArray] = field(default_factory=dict)  # by name, [place]; see Region.areas
    start: date | None = None  # date of the initial state, if it has one
    military: NDArray | None = None  # [place] deployed at the start beyond the usual number, persons
    history: tuple[Intervention, ...] = ()  # historical events after the start, under every strategy
    record: Record | None = None  # what was counted, also after the start
