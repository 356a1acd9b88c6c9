"""What everything else speaks: Region, Params, State, View and Controls.

Axes are named once and for all: ``group`` (criminal group slot), ``place`` (municipality) and
``replicate``. The replicate axis is last in every carried array. A number in `Params` has shape
``()`` or ``(replicate,)``: both broadcast, so one code path serves fixed and sampled parameters.
"""

import operator
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int


def number(unit: str, low: float, high: float, status: str = "assumed", source: str = "", static: bool = False) -> Any:
    """Declare a number of a component: its unit, its bounds, and where it comes from.

    **Arguments:** `unit` in words; `low`, `high` the legal interval, ends included; `status` one of
    published, calibrated, assumed; `source` a short citation with its year; `static` for a number that decides
    shapes: a new value compiles anew, while all others are traced.
    """
    metadata = dict(unit=unit, low=low, high=high, status=status, source=source)
    return eqx.field(metadata=metadata, static=static)


def choice(*words: str) -> Any:
    """Declare a choice of a component between words; another word compiles anew."""
    return eqx.field(metadata=dict(choices=words), static=True)


def area(instead: str, districts: bool = False) -> Any:
    """Declare the name of an area of `Region.areas`; empty for what is taken instead, in words.

    Of `districts` the area holds the numbers: whatever they are, the option sees them counted from 0.
    """
    return eqx.field(metadata=dict(instead=instead, districts=districts), static=True)


def axes(field: Any) -> list[str]:
    """Names of the axes of an array that is a field of a module."""
    return field.type.dim_str.split()


def control(axes: tuple[str, ...], nothing: float, combine: Callable[[Any, Any], Any], unit: str) -> Any:
    """Declare a field of `Controls`: its axes before the last, the value that changes nothing, and its rule."""
    return eqx.field(default=nothing, metadata=dict(axes=axes, combine=combine, unit=unit))


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


NATIONAL_LAW = "Prieto-Curiel, Campedelli and Hope 2023"
CALDERON = "Calderon et al. 2015"


class Params(eqx.Module):
    """The numbers of the model, each of shape ``()`` or ``(replicate,)``.

    Rates are per week. Default values and the reasons for them live in `conf/params`, priors in `conf/priors`. An
    assumed number has a source where a publication suggests its size without having measured it.
    """

    # Leadership (process 3)
    capture_shock: Float[Array, "..."] = number("log", 0, 3)  # a, added to X by a capture
    killing_shock: Float[Array, "..."] = number("log", 0, 3)  # a, added to X by a killing
    sweep_shock: Float[Array, "..."] = number("log", 0, 3)  # b, added to X by a sweep of half the middle layer
    site_shock: Float[Array, "..."] = number("log", 0, 3)  # a_Y, added to Y by a removal in the place where it happens
    shock_weeks: Float[Array, "..."] = number("weeks", 1, 520, source=CALDERON)  # tau_X, decay of X and Y
    leadership_recovery: Float[Array, "..."] = number("1/week", 0, 1)  # r_L, with an intact middle layer
    operators_half: Float[Array, "..."] = number("persons", 1e-3, 1e5)  # O_half, of half recovery
    strategic_multiplier: Float[Array, "..."] = number(
        "share", 0, 5, source=CALDERON
    )  # zeta, added to X at ports and crossings
    # Fragmentation (4)
    split_hazard: Float[Array, "..."] = number("1/week", 0, 1)  # h0, at any time
    split_hazard_headless: Float[Array, "..."] = number("1/week", 0, 1)  # h1, added without any leader
    split_operators_half: Float[Array, "..."] = number("persons", 1e-3, 1e5)  # O_1, of half of the added hazard
    split_share: Float[Array, "..."] = number("share of members", 0.01, 0.99)  # who go
    split_hostility: Float[Array, "..."] = number("K of the national law", 0, 10)  # H_s, between those who split
    # Recruitment (5)
    recruitment: Float[Array, "..."] = number(
        "1/week", 0, 0.1, "published", NATIONAL_LAW
    )  # rho, in an average place with a usual middle layer
    operator_share: Float[Array, "..."] = number("operators per member", 1e-3, 1)  # x*, the usual share
    operator_share_half: Float[Array, "..."] = number(
        "operators per member", 0, 1
    )  # x0, of half quality; 0 switches ranks off
    # Incapacitation (6)
    incapacitation: Float[Array, "..."] = number(
        "persons/week", 0, 1e5, "published", NATIONAL_LAW
    )  # eta, arrests in the whole country
    impunity: Float[Array, "..."] = number(
        "share", 0, 1, "published", "Felbab-Brown 2019"
    )  # arrests without conviction
    # Conflict (7)
    conflict: Float[Array, "..."] = number("1/(person week)", 0, 1, "published", NATIONAL_LAW)  # theta
    deterrence_effect: Float[Array, "..."] = number("log", -5, 5)  # psi, by which full deterrence lowers fighting
    # Clashes with the state, and abuse (8)
    clashes: Float[Array, "..."] = number(
        "homicides per soldier newly arrived and week", 0, 1, source="Espinosa and Rubin 2015"
    )  # v_e, in a place wholly under criminal control
    clash_weeks: Float[Array, "..."] = number("weeks", 1, 520)  # for which arrivals count as new
    hostilities_lethality: Float[Array, "..."] = number(
        "factor", 0, 100, source="Kalmanovitz and Bradley 2023"
    )  # of clashes under rules of hostilities
    abuses: Float[Array, "..."] = number("complaints per person and week", 0, 1)  # about forces
    hostilities_abuse: Float[Array, "..."] = number("factor", 0, 100)  # of abuse under rules of hostilities
    control_half: Float[Array, "..."] = number("members per personnel", 1e-3, 1e3)  # of half control of a place
    # Saturation (9)
    saturation: Float[Array, "..."] = number("1/(person week)", 0, 1, "published", NATIONAL_LAW)  # omega
    # Operators (10)
    operator_replacement: Float[Array, "..."] = number("1/week", 0, 1)  # phi, at which vacancies are filled
    # Relocation and new entry (11), and the switches of the three channels by which violence spreads
    contagion_channel: Float[Array, "..."] = number("switch", 0, 1)  # of retaliation and spillover; 0 is off
    relocation_channel: Float[Array, "..."] = number("switch", 0, 1)  # of relocation
    entry_channel: Float[Array, "..."] = number("switch", 0, 1)  # of new entry
    relocation: Float[Array, "..."] = number("1/week", 0, 1)  # hazard that a cell leaves that is as weak as can be
    hold: Float[Array, "..."] = number("persons", 1e-3, 1e5)  # members of half security where nobody else is
    flight: Float[Array, "..."] = number("1/week", 0, 1)  # hazard that a cell leaves where deterrence rose from 0 to 1
    rival_aversion: Float[Array, "..."] = number("log", 0, 10)  # in the choice of where to go
    force_aversion: Float[Array, "..."] = number("log", 0, 10)  # in the same choice
    market_half: Float[Array, "..."] = number("residents", 1, 1e7)  # of half the attraction of the largest market
    entry: Float[Array, "..."] = number("1/week", 0, 1)  # hazard of entry from a wholly held neighbourhood
    entry_weakness: Float[Array, "..."] = number("factor", 0, 1000)  # added where those present have no leaders
    entry_share: Float[Array, "..."] = number("share of members in neighbouring places", 0, 1)  # who go
    foothold: Float[Array, "..."] = number("persons", 1e-3, 1e4)  # from which on a group counts as present
    # Intensity and counts (12, 13)
    retaliation: Float[Array, "..."] = number("homicides per homicide", 0, 1)  # k1, in the same place
    spillover: Float[Array, "..."] = number("homicides per homicide", 0, 1)  # k2, in neighbouring places
    retaliation_weeks: Float[Array, "..."] = number(
        "weeks", 1, 520, "published", "Green, Horel and Papachristos 2017"
    )  # tau_E, mean lag from one homicide to the next
    endemic_floor: Float[Array, "..."] = number("share", 0, 1)  # least share of recorded homicides that is endemic
    national_noise: Float[Array, "..."] = number("log", 0, 2)  # standard deviation of z_nation
    state_noise: Float[Array, "..."] = number("log", 0, 2)  # standard deviation of z_state
    noise_persistence: Float[Array, "..."] = number("correlation after a week", 0, 0.9999)  # r, of both shocks
    dispersion: Float[Array, "..."] = number("1", 0, 10)  # variance of counts = mean + dispersion mean^2
    # Memory (14) and what an authority sees (1)
    presence_half: Float[Array, "..."] = number("personnel per 1,000", 1e-3, 1e3)  # presence of half effect
    deterrence_weeks: Float[Array, "..."] = number("weeks", 1, 520)  # tau_D, until presence deters
    rebound: Float[Array, "..."] = number("share", -2, 2)  # deterrence lost beyond what is withdrawn
    capability_weeks: Float[Array, "..."] = number("weeks", 1, 5200)  # tau_q, decay of police capability without effort
    trust_half: Float[Array, "..."] = number("homicides per 100,000 and year", 1e-3, 1e5)  # of half the trust
    abuse_half: Float[Array, "..."] = number("complaints per 100,000 and year", 1e-3, 1e5)  # of half the trust
    trust_weeks: Float[Array, "..."] = number("weeks", 1, 5200)  # tau_T, memory of trust
    displacement: Float[Array, "..."] = number("persons per conflict homicide", 0, 1e3)  # delta, who flee
    return_weeks: Float[Array, "..."] = number("weeks", 1, 5200)  # tau_U, until the displaced return
    reporting_half: Float[Array, "..."] = number("homicides per 100,000 and year", 1, 1e6)  # of half reporting
    recording_weeks: Float[Array, "..."] = number("weeks", 1, 520)  # window of the statistics an authority reads
    attribution_error: Float[Array, "..."] = number("share", 0, 1)  # of killings attributed at random
    # What options act on: revenue, prisons, prosecution, support, and what they cost
    revenue_effect: Float[Array, "..."] = number("share", 0, 1)  # of recruitment that goes with all criminal revenue
    extortion_shift: Float[Array, "..."] = number("factor", 0, 10)  # added to extortion where all other revenue is gone
    conviction_effect: Float[Array, "..."] = number("log", 0, 5)  # by which convicting all the arrested lowers fighting
    prison_share: Float[Array, "..."] = number("share", 0, 1)  # of recruitment that happens in prisons
    prison_weeks: Float[Array, "..."] = number("weeks", 1, 5200)  # spent in prison
    escapes: Float[Array, "..."] = number("share", 0, 1)  # of the arrested whom breakouts and lax custody return
    support_weeks: Float[Array, "..."] = number("weeks", 1, 5200)  # memory of support for the state
    intimidation: Float[Array, "..."] = number("1/week", 0, 1)  # rate at which extreme violence ends support
    information: Float[Array, "..."] = number("share", 0, 5)  # added to arrests where all support the state
    attacks: Float[Array, "..."] = number("attacks per exposed person and week", 0, 1)  # where violence is extreme
    retribution: Float[Array, "..."] = number("share", 0, 1)  # of those who leave crime, killed by former associates
    deaths_per_clash: Float[Array, "..."] = number("persons", 1e-2, 100)  # under rules of law enforcement
    wounded_per_clash: Float[Array, "..."] = number("persons", 1e-2, 100)  # under any rules
    personnel_cost: Float[Array, "..."] = number("dollars per person and year", 0, 1e7)  # of forces and of staff


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
