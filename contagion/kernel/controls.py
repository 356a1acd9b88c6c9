"""Controls: what interventions do in one step, and how several combine; and what they report, in a Ledger."""

import operator
from collections.abc import Callable
from dataclasses import Field, fields
from typing import Any, TypeVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

Kind = TypeVar("Kind", bound="Combined")

# Axes over which entries are alike have length 1, or are left out from the first on; `Controls.ranked` has them all.
OfPlace = Float[Array, "#place #replicate"] | Float[Array, " #replicate"] | Float[Array, ""] | float
OfGroup = Float[Array, "#group #replicate"] | Float[Array, " #replicate"] | Float[Array, ""] | float
OfPair = Float[Array, "#group #group #replicate"] | Float[Array, ""] | float
National = Float[Array, " #replicate"] | Float[Array, ""] | Bool[Array, " #replicate"] | Bool[Array, ""] | float


def control(axes: tuple[str, ...], nothing: float, combine: Callable[[Any, Any], Any], unit: str) -> Any:
    """Declare a field of `Controls`: its axes before the last, the value that changes nothing, and its rule."""
    return eqx.field(default=nothing, metadata=dict(axes=axes, combine=combine, unit=unit))


class Combined(eqx.Module):
    """Fields declared with `control`, which combine one by one."""

    def combine(self: Kind, other: Kind) -> Kind:
        """Both at once."""

        def both(field):
            one, two = getattr(self, field.name), getattr(other, field.name)
            return one.combine(two) if isinstance(one, Combined) else field.metadata["combine"](one, two)

        return type(self)(**{field.name: both(field) for field in fields(self)})

    def sets(self, field: Field) -> bool:
        """Whether a field was given a value, be it for all places or groups alike."""
        value = getattr(self, field.name)
        return not (isinstance(value, float) and value == field.default)

    def ranked(self: Kind, dtype: Any) -> Kind:
        """The same as arrays with all axes of each field, of length 1 where its entries are alike.

        Most strategies touch few fields: the others are never spread over places.
        """

        def spread(field):
            value = getattr(self, field.name)
            if isinstance(value, Combined):
                return value.ranked(dtype)
            value = jnp.asarray(value, dtype)
            axes = len(field.metadata["axes"]) + 1
            return value.reshape((1,) * (axes - value.ndim) + value.shape)

        return type(self)(**{field.name: spread(field) for field in fields(self)})


class Ledger(Combined):
    """What options report of themselves: it enters the flows, and never the state."""

    served: OfPlace = control(("place",), 0.0, operator.add, "persons whom humanitarian access reaches")
    blocked: OfPlace = control(("place",), 0.0, operator.add, "persons in need whom it does not reach")
    exposed: OfPlace = control(
        ("place",), 0.0, operator.add, "aid workers, activists and guards exposed to attacks, persons"
    )
    agreement: National = control((), 0.0, jnp.maximum, "share of an agreement with groups that holds")
    secured: OfPlace = control(("place",), 0.0, jnp.maximum, "1 where the military of a handover hold the place")
    held: OfPlace = control(("place",), 0.0, jnp.maximum, "1 where police hold it after a handover")
    known: OfGroup = control(("group",), 0.0, jnp.maximum, "share of operators known when the group is struck")
    leaked: OfGroup = control(("group",), 0.0, jnp.maximum, "share of them that was lost to leaks before")
    stalled: National = control(
        (), 0.0, operator.add, "parts of a handover that do not come closer to their next phase"
    )
    relapses: National = control((), 0.0, operator.add, "parts of a handover that have to be secured again")
    consumption: National = control((), 1.0, operator.mul, "factor of drug consumption")
    staff: National = control((), 0.0, operator.add, "persons who are no forces in a place")
    spending: National = control((), 0.0, operator.add, "million dollars per year, without personnel")


class Controls(Combined):
    """What interventions do in one step. The empty Controls changes nothing.

    Each field combines by one fixed rule, so composition does not depend on order: forces and growth add,
    factors multiply, shares take the largest. What an option only reports goes into its `ledger`.
    """

    military: OfPlace = control(("place",), 0.0, operator.add, "persons")
    restrained: OfPlace = control(("place",), 0.0, operator.add, "military who hold rather than confront, persons")
    police: OfPlace = control(("place",), 0.0, operator.add, "persons")
    capability: OfPlace = control(
        ("place",), 0.0, operator.add, "share of the gap to 1 per week; negative: of capability, lost"
    )
    vetting: OfPlace = control(("place",), 0.0, jnp.maximum, "share of the corruption of police that is prevented")
    withdrawal: OfPlace = control(("place",), 0.0, jnp.maximum, "share of all military withdrawn")
    force: OfPlace = control(("place",), 0.0, jnp.maximum, "rules of force, from law enforcement, 0, to hostilities, 1")
    removal: OfGroup = control(("group",), 0.0, jnp.maximum, "d, share of leadership integrity removed")
    killing: OfGroup = control(("group",), 0.0, jnp.maximum, "share of the removal that is by killing")
    site: OfPlace = control(
        ("place",), 0.0, jnp.maximum, "d of a removal in the place where it happens, if that is known"
    )
    raid: OfGroup = control(("group",), 0.0, jnp.maximum, "d of a removal in a place that is drawn by members")
    ground: OfPlace = control(("place",), 1.0, operator.mul, "relative weight of a place in where raids happen")
    sweep: OfGroup = control(("group",), 0.0, jnp.maximum, "share of operators removed everywhere")
    hostility: OfPair = control(("group", "group"), 1.0, operator.mul, "factor of hostility between groups")
    recruitment: OfPlace = control(("place",), 1.0, operator.mul, "factor of recruitment")
    incapacitation: National = control((), 1.0, operator.mul, "factor of the national capacity of arrest")
    targeting: OfGroup = control(("group",), 1.0, operator.mul, "relative weight of a group in arrests")
    fighting: OfPlace = control(("place",), 1.0, operator.mul, "factor of fighting between groups")
    revenue: OfPlace = control(("place",), 1.0, operator.mul, "factor of criminal revenue")
    income: OfGroup = control(("group",), 1.0, operator.mul, "factor of the revenue of a group")
    impunity: National = control((), 1.0, operator.mul, "factor of impunity")
    custody: National = control((), 0.0, jnp.maximum, "share of what prisons do for groups that is prevented")
    departure: OfGroup = control(("group",), 0.0, operator.add, "share of members who leave crime per week")
    support: OfPlace = control(("place",), 0.0, operator.add, "share of the gap to full support per week")
    ledger: Ledger = eqx.field(default_factory=Ledger)
