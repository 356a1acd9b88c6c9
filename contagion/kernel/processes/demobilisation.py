"""Between processes 8 and 9: members who leave crime."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.controls import Controls
from contagion.kernel.numerics.sums import over_groups
from contagion.kernel.params import Params
from contagion.kernel.state import State


def demobilisation(state: State, controls: Controls, params: Params) -> tuple[State, Float[Array, "place replicate"]]:
    """A share of the members and operators of a group leaves; former associates kill some of them. Assumed.

    Returns the state, and the killed in persons.
    """
    share = departing(controls)
    left = replace(state, members=(1 - share) * state.members, operators=(1 - share) * state.operators)
    return left, params.retribution * over_groups(state.members, share)


def departing(controls: Controls) -> Float[Array, "group replicate"]:
    """Share of the members and operators of a group that leaves crime."""
    return jnp.clip(controls.departure, 0, 1)
