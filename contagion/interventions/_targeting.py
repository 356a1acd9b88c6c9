"""Selection of target groups and places."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.kernel.numerics.sums import over_places
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


def rank(values: Float[Array, "group replicate"]) -> Int[Array, "group replicate"]:
    """Rank groups by descending `values`; ties go to the earlier slot.

    Parameters
    ----------
    values
        Values of shape ``(group, replicate)``, such as attributed killings per week.

    Returns
    -------
    Array
        Rank of each group, shape ``(group, replicate)``, 0 for the largest.
    """
    order = jnp.arange(values.shape[0])
    ahead = (values[None] > values[:, None]) | (
        (values[None] == values[:, None]) & (order[None, :, None] < order[:, None, None])
    )
    return ahead.sum(axis=1)


def hottest(recorded: Float[Array, "place replicate"], count: Int[Array, ""]) -> Bool[Array, "place replicate"]:
    """Select the places with most recorded homicides.

    Parameters
    ----------
    recorded
        Recorded homicides per week, shape ``(place, replicate)``.
    count
        Number of places to select.

    Returns
    -------
    Array
        Whether each place is selected, shape ``(place, replicate)``. Ties with the last place are included, places
        without homicides are not.
    """
    ordered = jnp.sort(recorded, axis=0, descending=True)
    threshold = ordered[jnp.clip(count, 1, len(ordered)) - 1]
    return (count > 0) & (recorded >= threshold) & (recorded > 0)


def slots(region: Region, names: tuple[str, ...]) -> Bool[Array, "group 1"]:
    """Whether each slot is that of one of the groups named."""
    numbers = jnp.arange(len(region.members))[:, None]
    return sum(((numbers == region.slots[name]) for name in names), jnp.zeros_like(numbers, bool))


def by_chance(
    chance: Float[Array, " replicate"], probability: Float[Array, " replicate"] | Float[Array, ""]
) -> Float[Array, " replicate"]:
    """1 where chance brings about what has a probability, else 0; the probability where expectations are taken."""
    return jnp.where(jnp.isnan(chance), probability, chance < probability)


def average_capability(view: Observation, region: Region) -> Float[Array, " replicate"]:
    """Population-weighted mean of police capability."""
    return over_residents(view.capability, region)


def over_residents(
    values: Float[Array, "place replicate"], region: Region, inside: Float[Array, "place 1"] | float = 1.0
) -> Float[Array, " replicate"]:
    """Mean of values over the residents of an area, or of the whole region."""
    residents = inside * jnp.asarray(region.population)[:, None]
    return over_places(residents / residents.sum() * values)
