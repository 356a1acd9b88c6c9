"""Process 6: arrests of rank and file."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.controls import Controls
from contagion.kernel.numerics.fractions import ratio
from contagion.kernel.numerics.sums import over_groups
from contagion.kernel.params import Params
from contagion.kernel.processes.presence import presence
from contagion.kernel.region import Region
from contagion.kernel.state import State


def exposed(state: State, controls: Controls, region: Region) -> Float[Array, "place replicate"]:
    """Members of all groups by how they are exposed to arrest: times local presence and targeting."""
    return presence(state, region) * over_groups(state.members, controls.targeting)


def incapacitation(
    state: State, total: Float[Array, " replicate"], controls: Controls, params: Params, region: Region
) -> tuple[State, Float[Array, "place group replicate"]]:
    """A national capacity of eta persons a week, shared in proportion to S times local presence times targeting.

    The share of a place in arrests follows the state's personnel per resident there; targeting weighs groups.
    Where residents support the state, information adds to arrests; where custody holds, fewer come back. Nobody is
    arrested twice: where capacity exceeds the members in a place, the rest of it is lost.

    Takes the `total` of those who are `exposed`. Returns the state and the incapacitated, in persons.
    """
    weight = state.members * presence(state, region)[:, None] * controls.targeting
    kept = 1 + params.escapes * controls.custody
    capacity = ratio(params.incapacitation * controls.incapacitation * kept, total, 0)
    informed = 1 + params.information * state.support
    arrested = jnp.minimum(capacity * informed[:, None] * weight, state.members)
    return replace(state, members=state.members - arrested), arrested


def prisons(state: State, controls: Controls, params: Params) -> State:
    """They fill and empty with the capacity of arrest: C <- C + (factor of capacity - C) / tau_P, 1 at the start."""
    filled = state.crowding + (controls.incapacitation - state.crowding) / params.prison_weeks
    return replace(state, crowding=filled)


def impunity(controls: Controls, params: Params) -> Float[Array, " replicate"]:
    """Share of the arrested who are not convicted."""
    return jnp.minimum(params.impunity * controls.impunity, 1)
