"""State: everything that moves; and Observation, the part of it that an authority can see.

Axes are named once and for all: ``group`` (criminal group slot), ``place`` (municipality) and
``replicate``. The replicate axis is last in every carried array.
"""

import equinox as eqx
from jaxtyping import Array, Float, Int


class State(eqx.Module):
    """Everything that moves, at one step."""

    members: Float[Array, "place group replicate"]  # S, persons
    operators: Float[Array, "place group replicate"]  # O, persons
    integrity: Float[Array, "group replicate"]  # L, 0..1
    shock: Float[Array, "group replicate"]  # X, >= 0
    site: Float[Array, "place replicate"]  # Y, what removals unsettle in the municipality where they happen, >= 0
    parent: Int[Array, "group replicate"]  # group that the slot split from; -1 for founders and free slots
    hostility: Float[Array, "group group replicate"]  # H, >= 0
    retaliation: Float[Array, "place replicate"]  # E, homicides per week
    military: Float[Array, "place replicate"]  # F_mil, persons
    police: Float[Array, "place replicate"]  # F_pol, persons
    arrivals: Float[Array, "place replicate"]  # military still new to the place, persons
    capability: Float[Array, "place replicate"]  # q, 0..1
    deterrence: Float[Array, "place replicate"]  # D, share of the greatest possible
    trust: Float[Array, "place replicate"]  # T, 0..1
    displaced: Float[Array, "place replicate"]  # U, persons living away from the place
    recent: Float[Array, "place replicate"]  # recent homicides per week, of which an authority sees a part
    attributed: Float[Array, "group replicate"]  # recent killings per week as attributed to each group
    nation_noise: Float[Array, " replicate"]  # z_nation in standard deviations
    state_noise: Float[Array, "province replicate"]  # z_state in standard deviations
    testimony: Float[Array, "group replicate"]  # V, convicted operators whose testimony is still to be used, persons
    renewed: Float[Array, "group replicate"]  # share of the middle layer that is new since last week, 0..1
    support: Float[Array, "place replicate"]  # of residents for the state, earned by programmes, 0..1
    agreement: Float[Array, " replicate"]  # share of an agreement with groups that held in the week before
    crowding: Float[Array, " replicate"]  # people in prison relative to the start
    excitation: Float[Array, "place replicate"] | None = None  # E of expected homicides, in anchored runs


class Totals(eqx.Module):
    """The state summed over places."""

    members: Float[Array, "group replicate"]  # persons
    operators: Float[Array, "group replicate"]  # persons


class Observation(eqx.Module):
    """What an authority can see; never the latent state."""

    recorded: Float[Array, "place replicate"]  # recent recorded homicides per week
    attributed: Float[Array, "group replicate"]  # recent killings per week attributed to each group
    military: Float[Array, "place replicate"]  # own forces, persons
    police: Float[Array, "place replicate"]  # own forces, persons
    capability: Float[Array, "place replicate"]  # own police, 0..1
    renewed: Float[Array, "group replicate"]  # share of the middle layer that is new, as informants say, 0..1
    agreement: Float[Array, " replicate"]  # share of an agreement with groups that holds
    chance: Float[Array, " replicate"]  # uniform in [0, 1), anew every week; NaN where expectations are taken
