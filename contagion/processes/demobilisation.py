"""Between processes 8 and 9: members who leave crime."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.processes.groups import over_groups
from contagion.state import Controls, Params, State


def demobilisation(
    state: State, controls: Controls, params: Params
) -> tuple[State, Float[Array, "group replicate"], Float[Array, "place replicate"], Float[Array, "group replicate"]]:
    """A share of the members and operators of a group leaves; former associates kill some of them. Assumed.

    Returns the state, those who left and live, and the killed by place and by group, in persons.
    """
    share = jnp.clip(controls.departure, 0, 1)
    left = share * state.members
    killed = params.retribution * left
    remaining = replace(state, members=state.members - left, operators=(1 - share) * state.operators)
    by_group = killed.sum(axis=0)
    return remaining, left.sum(axis=0) - by_group, over_groups(killed), by_group
