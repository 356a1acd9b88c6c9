"""Process 6: arrests of rank and file."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.processes.groups import over_groups, over_places
from contagion.processes.presence import presence
from contagion.state import Controls, Params, Region, State


def incapacitation(
    state: State, controls: Controls, params: Params, region: Region
) -> tuple[State, Float[Array, "group replicate"], Float[Array, "group replicate"]]:
    """A national capacity of eta persons a week, shared in proportion to S times local presence times targeting.

    The share of a place in arrests follows the state's personnel per resident there; targeting weighs groups.
    Nobody is arrested twice: where capacity exceeds the members in a place, the rest of it is lost.

    Returns the state, the incapacitated, and those of them convicted, 1 - impunity, in persons.
    """
    weight = state.members * presence(state, region)[:, None] * controls.targeting
    total = over_places(over_groups(weight))
    arrested = params.incapacitation * controls.incapacitation * weight / jnp.where(total > 0, total, 1)
    arrested = jnp.minimum(arrested, state.members)
    incapacitated = arrested.sum(axis=0)
    convicted = (1 - params.impunity) * incapacitated
    return replace(state, members=state.members - arrested), incapacitated, convicted
