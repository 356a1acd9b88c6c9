"""An option in a part of the region alone."""

from dataclasses import Field, fields, replace
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.errors import InputError
from contagion.interventions._areas import named
from contagion.interventions._targeting import over_residents
from contagion.interventions.option import identity
from contagion.kernel.controls import Combined, Controls
from contagion.kernel.intervention import Intervention, Memory, innermost
from contagion.kernel.region import Region
from contagion.kernel.state import Observation
from contagion.kernel.xla import unrolled_sum

OfPlace = Float[Array, "place 1"]


class Within(Intervention):
    """An option that sees and does nothing outside some areas.

    Recorded homicides outside count as none, so whatever it chooses by them it chooses inside; what it does in places
    it does there alone. Its staff and programmes cost as large a share as it reaches of the residents whom it would
    reach everywhere. Assumed: a programme of a province costs its residents' share of one of the nation, and one that
    chooses its places costs the same wherever they are.
    """

    effects = ()

    option: Intervention
    areas: tuple[str, ...] = eqx.field(static=True, metadata=dict(instead="the whole region", districts=False))

    def init_memory(self, region: Region, view: Observation) -> Memory:
        return self.option.init_memory(*self.inside(region, view))

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""] | Int[Array, " replicate"]):
        here, seen = self.inside(region, view)
        controls, memory = self.option.act(memory, seen, here, week)
        axes = [field.metadata["axes"] for field in set_in(controls)]
        if not axes or any(axis != ("place",) for axis in axes):
            name = identity(type(innermost(self.option)))[1]
            raise InputError(f"{name}.within: {name} acts elsewhere than in places, which areas do not divide")
        area = self.area(region)
        return within(controls, area, reached(controls, area, view, region)), memory

    def area(self, region: Region) -> OfPlace:
        """1 in the areas, 0 outside; a share between them is what the option does there of what it does inside."""
        whole = unrolled_sum(named(region, name) for name in self.areas)
        return jnp.minimum(whole, 1) if len(self.areas) > 1 else whole  # which has no derivative at 1

    def inside(self, region: Region, view: Observation) -> tuple[Region, Observation]:
        """The region and what is seen of it, without homicides outside."""
        inside = self.area(region) > 0
        seen = replace(view, recorded=jnp.where(inside, view.recorded, 0))
        return replace(region, homicides=jnp.where(inside[:, 0], region.homicides, 0)), seen


def set_in(controls: Combined) -> list[Field]:
    """Fields of controls that an option has set, those of the ledger left out."""
    own = (field for field in fields(controls) if not isinstance(getattr(controls, field.name), Combined))
    return [field for field in own if controls.sets(field)]


def within(controls: Combined, area: OfPlace, share: Float[Array, " replicate"]) -> Any:
    """Controls of an area alone; of staff and spending that `share`."""

    def part(field: Field) -> Any:
        value = getattr(controls, field.name)
        if isinstance(value, Combined):
            return within(value, area, share)
        if not controls.sets(field):
            return value
        if field.metadata["axes"] == ("place",):
            return field.default + area * (value - field.default)
        return share * value if field.name in ("staff", "spending") else value

    return type(controls)(**{field.name: part(field) for field in fields(controls)})


def reached(controls: Controls, area: OfPlace, view: Observation, region: Region) -> Float[Array, " replicate"]:
    """Share of the residents whom an option reaches who live in an area; of all residents, where it reaches nobody."""
    touched = jnp.zeros(view.recorded.shape, bool)
    for field in set_in(controls):
        touched = touched | (jnp.asarray(getattr(controls, field.name)) != field.default)
    everywhere = over_residents(touched * jnp.ones_like(view.recorded), region)
    inside = over_residents(touched * area, region)
    return jnp.where(everywhere > 0, inside / jnp.maximum(everywhere, 1e-9), over_residents(area, region))
