"""Controls: what interventions do in one step, and how several combine."""

import operator
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float


def control(axes: tuple[str, ...], nothing: float, combine: Callable[[Any, Any], Any], unit: str) -> Any:
    """Declare a field of `Controls`: its axes before the last, the value that changes nothing, and its rule."""
    return eqx.field(default=nothing, metadata=dict(axes=axes, combine=combine, unit=unit))


class Controls(eqx.Module):
    """What interventions do in one step. The empty Controls changes nothing.

    Each field combines by one fixed rule, so composition does not depend on order: forces and growth add,
    factors multiply, shares take the largest.
    """

    military: Float[Array, "place replicate"] | float = control(("place",), 0.0, operator.add, "persons")
    police: Float[Array, "place replicate"] | float = control(("place",), 0.0, operator.add, "persons")
    capability: Float[Array, "place replicate"] | float = control(
        ("place",), 0.0, operator.add, "share of the gap to 1 per week; negative: of capability, lost"
    )
    withdrawal: Float[Array, "place replicate"] | float = control(
        ("place",), 0.0, jnp.maximum, "share of all military withdrawn"
    )
    force: Float[Array, "place replicate"] | float = control(
        ("place",), 0.0, jnp.maximum, "rules of force, from law enforcement, 0, to hostilities, 1"
    )
    removal: Float[Array, "group replicate"] | float = control(
        ("group",), 0.0, jnp.maximum, "d, share of leadership integrity removed"
    )
    killing: Float[Array, "group replicate"] | float = control(
        ("group",), 0.0, jnp.maximum, "share of the removal that is by killing"
    )
    site: Float[Array, "place replicate"] | float = control(
        ("place",), 0.0, jnp.maximum, "d of a removal in the place where it happens, if that is known"
    )
    sweep: Float[Array, "group replicate"] | float = control(
        ("group",), 0.0, jnp.maximum, "share of operators removed everywhere"
    )
    hostility: Float[Array, "group group replicate"] | float = control(
        ("group", "group"), 1.0, operator.mul, "factor of hostility between groups"
    )
    recruitment: Float[Array, "place replicate"] | float = control(
        ("place",), 1.0, operator.mul, "factor of recruitment"
    )
    incapacitation: Float[Array, " replicate"] | float = control(
        (), 1.0, operator.mul, "factor of the national capacity of arrest"
    )
    targeting: Float[Array, "group replicate"] | float = control(
        ("group",), 1.0, operator.mul, "relative weight of a group in arrests"
    )

    fighting: Float[Array, "place replicate"] | float = control(
        ("place",), 1.0, operator.mul, "factor of fighting between groups"
    )
    revenue: Float[Array, "place replicate"] | float = control(
        ("place",), 1.0, operator.mul, "factor of criminal revenue"
    )
    income: Float[Array, "group replicate"] | float = control(
        ("group",), 1.0, operator.mul, "factor of the revenue of a group"
    )
    impunity: Float[Array, " replicate"] | float = control((), 1.0, operator.mul, "factor of impunity")
    custody: Float[Array, " replicate"] | float = control(
        (), 0.0, jnp.maximum, "share of what prisons do for groups that is prevented"
    )
    departure: Float[Array, "group replicate"] | float = control(
        ("group",), 0.0, operator.add, "share of members who leave crime per week"
    )
    support: Float[Array, "place replicate"] | float = control(
        ("place",), 0.0, operator.add, "share of the gap to full support per week"
    )
    served: Float[Array, "place replicate"] | float = control(
        ("place",), 0.0, operator.add, "persons whom humanitarian access reaches"
    )
    blocked: Float[Array, "place replicate"] | float = control(
        ("place",), 0.0, operator.add, "persons in need whom it does not reach"
    )
    exposed: Float[Array, "place replicate"] | float = control(
        ("place",), 0.0, operator.add, "aid workers, activists and guards exposed to attacks, persons"
    )
    agreement: Float[Array, " replicate"] | float = control(
        (), 0.0, jnp.maximum, "share of an agreement with groups that holds"
    )
    consumption: Float[Array, " replicate"] | float = control((), 1.0, operator.mul, "factor of drug consumption")
    staff: Float[Array, " replicate"] | float = control((), 0.0, operator.add, "persons who are no forces in a place")
    spending: Float[Array, " replicate"] | float = control(
        (), 0.0, operator.add, "million dollars per year, without personnel"
    )

    def combine(self, other: "Controls") -> "Controls":
        """Both at once."""
        return Controls(
            **{
                field.name: field.metadata["combine"](getattr(self, field.name), getattr(other, field.name))
                for field in fields(self)
            }
        )

    def ranked(self, dtype: Any) -> "Controls":
        """The same as arrays with all axes of each field, of length 1 where its entries are alike.

        Most strategies touch few fields: the others are never spread over places.
        """

        def spread(field):
            value = jnp.asarray(getattr(self, field.name), dtype)
            axes = len(field.metadata["axes"]) + 1
            return value.reshape((1,) * (axes - value.ndim) + value.shape)

        return Controls(**{field.name: spread(field) for field in fields(self)})
