"""Process 8: clashes between the state and groups, and abuse."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.controls import Controls
from contagion.kernel.numerics.fractions import fraction, ratio
from contagion.kernel.numerics.sums import over_groups
from contagion.kernel.params import Params
from contagion.kernel.processes.presence import personnel
from contagion.kernel.region import Region
from contagion.kernel.state import State


def criminal_control(
    state: State, effective: Float[Array, "group replicate"], params: Params
) -> Float[Array, "place replicate"]:
    """Share of a place under criminal control, n / (n + half f): armed members n against personnel f. Assumed.

    Members count as far as they are `effective`. f counts military, and police as far as they are capable.
    """
    armed = over_groups(state.members, effective) + over_groups(state.operators)
    opposed = params.control_half * personnel(state)
    return fraction(armed, armed + opposed)


def clashes(
    state: State, controlled: Float[Array, "place replicate"], controls: Controls, params: Params, region: Region
) -> tuple[
    State, Float[Array, "place replicate"], Float[Array, "place group replicate"], Float[Array, "place replicate"]
]:
    """Forces confront groups: v_e [A + pi (F - A - F(0))+] (share `controlled`) (share of F that seeks confrontation).

    A_m is the military still new in a place, and pi what patrols of the others beyond those of the start clash in
    proportion to it; military who are sent to hold do not seek it. Rules of hostilities multiply lethality. The dead
    are members of groups; a loss z S is taken as z S / (1 + z). That interventions are followed by 11 more homicides
    per 100,000 is from Espinosa and Rubin (2015).

    Returns the state, the dead in each place, of them those of each group, and of them those who are not owed to rules
    of hostilities, in persons.
    """
    lethality = 1 + controls.force * (params.hostilities_lethality - 1)
    settled = jnp.maximum(state.military - state.arrivals - region.military[:, None], 0)
    seeking = 1 - jnp.clip(controls.restrained / jnp.maximum(state.military, 1), 0, 1)
    lawful = params.clashes * seeking * (state.arrivals + params.patrol_clashes * settled) * controlled
    wanted = lethality * lawful
    members = over_groups(state.members)
    against = members + wanted
    share = ratio(wanted, against, 0)
    killed, dead = state.members * share[:, None], members * share
    fought = ratio(lawful, wanted, 0) * dead
    return replace(state, members=state.members - killed), dead, killed, fought


def abuse(state: State, controls: Controls, params: Params) -> Float[Array, "place replicate"]:
    """Complaints a week: in proportion to military, and to police as far as they lack integrity. Assumed.

    Rules of hostilities multiply them (Kalmanovitz and Bradley 2023).
    """
    licence = 1 + controls.force * (params.hostilities_abuse - 1)
    return params.abuses * licence * (state.military + (1 - state.capability) * state.police)
