"""Anchor: levels that homicides are counted around, to which the mechanism adds differences between strategies."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.kernel.region import Constants, Leaf


class Anchor(eqx.Module):
    """Expected homicides of one period without any strategy, known from outside the mechanism.

    A strategy multiplies them by what the mechanism expects under it over what it expects under the reference, in the
    same week, place and replicate.
    """

    level: Float[Leaf, "part place replicate"]  # homicides per week in each part of the period
    part: Int[Leaf, " week"]  # part that each week of the period belongs to
    dispersion: Float[Leaf, "place 1"]  # variance of weekly counts = mean + dispersion mean^2
    reference: Float[Leaf, "week place replicate"]  # homicides that the mechanism expects under the reference
    is_reference: Bool[Leaf, ""]  # whether this run is the reference, whatever `reference` holds
    weight: float = eqx.field(static=True, default=0.0)  # of the mechanism's own movement under the reference, 0..1

    def of_week(self, week: Int[Array, ""] | int) -> "AnchorOfWeek":
        """The anchor of one week of the period, counted from 0."""
        level, part, reference = (jnp.asarray(array) for array in (self.level, self.part, self.reference))
        return AnchorOfWeek(
            level=level[part[week]],
            dispersion=jnp.asarray(self.dispersion),
            reference=reference[week],
            is_reference=jnp.asarray(self.is_reference),
            weight=self.weight,
        )


class AnchorOfWeek(eqx.Module):
    """An `Anchor` in one week."""

    level: Float[Array, "place replicate"]
    dispersion: Float[Array, "place 1"]
    reference: Float[Array, "place replicate"]
    is_reference: Bool[Array, ""]
    weight: float = eqx.field(static=True)


def anchored(
    expected: Float[Array, "place replicate"], anchor: AnchorOfWeek, constants: Constants
) -> Float[Array, "place replicate"]:
    """Expected homicides: level (reference / start)^weight expected / reference.

    Exactly the level, for weight 0, where the mechanism expects what it does under the reference.

    Parameters
    ----------
    expected
        Homicides that the mechanism expects in this week.
    anchor
        Levels of the week.
    constants
        What the mechanism expected at the start.
    """
    reference = jnp.where(anchor.is_reference, expected, anchor.reference)
    level = anchor.level
    if anchor.weight:
        level = level * ratio(reference, constants.expected) ** anchor.weight
    return level * ratio(expected, reference)


def ratio(one: Float[Array, "place replicate"], other: Float[Array, "place replicate"]) -> Float[Array, "..."]:
    """`one` / `other`, and 1 where `other` is 0."""
    some = other > 0
    return jnp.where(some, one / jnp.where(some, other, 1), 1)
