"""What everything else speaks: Region, State, View, Controls and Record.

Axes are named once and for all: ``group`` (criminal group slot), ``place`` (municipality) and
``replicate``. The replicate axis is last in every carried array.
"""

import operator
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int


class Region(eqx.Module):
    """Places, the people and groups in them at the start, and how places touch. Never changes."""

    population: Float[Array, " place"]  # residents, persons
    homicides: Float[Array, " place"]  # recorded homicides per week before the start
    members: Float[Array, "group place"]  # rank and file at the start, persons
    hostility: Float[Array, "group group"]  # K of the national law at the start, >= 0, zero diagonal
    military: Float[Array, " place"]  # military deployed at the start, persons
    police: Float[Array, " place"]  # police at the start, persons
    capability: Float[Array, " place"]  # police integrity and capability at the start, 0..1
    vulnerability: Float[Array, " place"]  # relative propensity to be recruited, 1 is the national mean
    strategic: Float[Array, " place"]  # 1 where there is a port or border crossing, else 0
    easting: Float[Array, " place"]  # projected centroid, km
    northing: Float[Array, " place"]  # projected centroid, km
    state: Int[Array, " place"]  # index of the federal state, 0 .. states - 1
    # Row-standardised weights of neighbours: a few padded columns and, for the places with more
    # neighbours than columns, the rest as a coordinate list (degrees are skewed: padding to the
    # largest would read four times the data).
    neighbours: Int[Array, "place column"]  # place index; the place itself where padded
    weights: Float[Array, "place column"]  # 0 where padded
    tail_place: Int[Array, " tail"]
    tail_neighbour: Int[Array, " tail"]
    tail_weight: Float[Array, " tail"]
    # Closeness of the same neighbours, exp(-d / scale) of the way by road where it is known, else between
    # centres. Symmetric, unlike the weights: what leaves one place arrives in another.
    closeness: Float[Array, "place column"]  # 0 where padded
    tail_closeness: Float[Array, " tail"]
    states: int = eqx.field(static=True)  # number of federal states
    # Named sets of places where options act: 1 inside and 0 outside, shares between, or numbers of districts.
    areas: dict[str, Float[Array, " place"]] = eqx.field(default_factory=dict)


class Background(eqx.Module):
    """What is derived once from `Region` and `Params` at the start and then stays."""

    contact: Float[Array, "place replicate"]  # theta_m, 1/(person week)
    endemic: Float[Array, "place replicate"]  # endemic_m, homicides per resident and week
    deterrence: Float[Array, "place replicate"]  # D at the start


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
    state_noise: Float[Array, "state replicate"]  # z_state in standard deviations
    support: Float[Array, "place replicate"]  # of residents for the state, earned by programmes, 0..1
    crowding: Float[Array, " replicate"]  # people in prison relative to the start


class View(eqx.Module):
    """What an authority can see; never the latent state."""

    recorded: Float[Array, "place replicate"]  # recent recorded homicides per week
    attributed: Float[Array, "group replicate"]  # recent killings per week attributed to each group
    military: Float[Array, "place replicate"]  # own forces, persons
    police: Float[Array, "place replicate"]  # own forces, persons
    capability: Float[Array, "place replicate"]  # own police, 0..1
    chance: Float[Array, " replicate"]  # uniform in [0, 1), anew every week; NaN where expectations are taken


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


class Record(eqx.Module):
    """What is kept of one step, or summed or averaged over the steps of a recorded period."""

    homicides: Float[Array, "place replicate"]  # y
    conflict_homicides: Float[Array, "place replicate"]  # of which expected from conflict between groups
    clash_homicides: Float[Array, "place replicate"]  # of which expected from clashes with the state
    abuses: Float[Array, "place replicate"]  # complaints about abuse by forces
    extortion: Float[Array, "place replicate"]  # weeks of extortion by groups in full control with their usual revenue
    served: Float[Array, "place replicate"]  # person-weeks of humanitarian access
    blocked: Float[Array, "place replicate"]  # person-weeks in need without it
    attacks: Float[Array, "place replicate"]  # on aid workers, activists and guards
    confrontations: Float[Array, " replicate"]  # clashes with the state
    wounded: Float[Array, " replicate"]  # in them, persons
    agreement: Float[Array, " replicate"]  # weeks for which an agreement with groups held
    consumption: Float[Array, " replicate"]  # drug consumption, weeks at the level of the start
    staff: Float[Array, " replicate"]  # person-weeks of staff
    spending: Float[Array, " replicate"]  # million dollars, personnel beyond the start included
    captures: Float[Array, "group replicate"]  # removals of leaders
    demobilised: Float[Array, "group replicate"]  # left crime under an amnesty or by legalisation, persons
    recruits: Float[Array, "group replicate"]  # persons
    incapacitated: Float[Array, "group replicate"]  # arrested rank and file, persons
    convicted: Float[Array, "group replicate"]  # of which convicted, persons
    killed: Float[Array, "group replicate"]  # members killed in conflict, persons
    killed_by_state: Float[Array, "group replicate"]  # members killed in clashes with the state, persons
    dropouts: Float[Array, "group replicate"]  # left by saturation, persons
    swept: Float[Array, "group replicate"]  # operators arrested in sweeps, persons
    relocated: Float[Array, "group replicate"]  # rank and file that moved to other places, persons
    entries: Float[Array, "group replicate"]  # places in which the group opened
    splits: Float[Array, "group replicate"]  # of the group
    blocked_splits: Float[Array, "group replicate"]  # of the group, for want of a free slot
