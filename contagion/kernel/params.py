"""Params: the numbers of the model, with unit, bounds, status and source of each."""

import equinox as eqx
from jaxtyping import Array, Float

from contagion.kernel.fields import number

NATIONAL_LAW = "Prieto-Curiel, Campedelli and Hope 2023"
CALDERON = "Calderon et al. 2015"


class Params(eqx.Module):
    """The numbers of the model, each of shape ``()`` or ``(replicate,)``.

    Both shapes broadcast, so one code path serves fixed and sampled numbers. Rates are per week. Default values and
    the reasons for them live in `conf/params`, priors in `conf/priors`. An assumed number has a source where a
    publication suggests its size without having measured it.
    """

    # Leadership (process 3)
    capture_shock: Float[Array, "..."] = number("log", 0, 3)  # a, added to X by a capture
    killing_shock: Float[Array, "..."] = number("log", 0, 3)  # a, added to X by a killing
    sweep_shock: Float[Array, "..."] = number("log", 0, 3)  # b, added to X by a sweep of half the middle layer
    site_shock: Float[Array, "..."] = number("log", 0, 3)  # a_Y, added to Y by a removal in the place where it happens
    shock_weeks: Float[Array, "..."] = number("weeks", 1, 520, source=CALDERON)  # tau_X, decay of X and Y
    leadership_recovery: Float[Array, "..."] = number("1/week", 0, 1)  # r_L, with an intact middle layer
    operators_half: Float[Array, "..."] = number("persons", 1e-3, 1e5)  # O_half, of half recovery
    plea: Float[Array, "..."] = number("leaders per operator", 0, 1)  # hazard that a conviction of a sweep adds
    plea_weeks: Float[Array, "..."] = number("weeks", 1, 520)  # tau_V, over which it is used
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
    conflict_share: Float[Array, "..."] = number(
        "share of homicides", 0, 1
    )  # s, by conflict of those that follow from no other, at the start where no deaths by rivalry are on record
    mixing: Float[Array, "..."] = number("share", 0, 1)  # b, of the rivals whom members face who are of anywhere
    command_effect: Float[Array, "..."] = number("power", 0, 10)  # kappa, of command in what members can do
    deterrence_effect: Float[Array, "..."] = number("log", -5, 5)  # psi, by which full deterrence lowers fighting
    police_elasticity: Float[Array, "..."] = number(
        "1", -1, 3, source="Chalfin and McCrary 2018"
    )  # e, of homicides that are not by conflict, to presence
    # Clashes with the state, and abuse (8)
    clashes: Float[Array, "..."] = number(
        "homicides per soldier newly arrived and week", 0, 1, source="Espinosa and Rubin 2015"
    )  # v_e, in a place wholly under criminal control
    clash_weeks: Float[Array, "..."] = number("weeks", 1, 520)  # for which arrivals count as new
    patrol_clashes: Float[Array, "..."] = number(
        "share", 0, 1
    )  # of that, by military beyond those of the start later on
    hostilities_lethality: Float[Array, "..."] = number(
        "factor", 0, 100, source="Kalmanovitz and Bradley 2023"
    )  # of clashes under rules of hostilities
    abuses: Float[Array, "..."] = number("complaints per person and week", 0, 1)  # about forces
    hostilities_abuse: Float[Array, "..."] = number("factor", 0, 100)  # of abuse under rules of hostilities
    control_half: Float[Array, "..."] = number("members per personnel", 1e-3, 1e3)  # of half control of a place
    corruption: Float[Array, "..."] = number("1/week", 0, 1)  # of police capability where groups control all of a place
    # Saturation (9)
    saturation: Float[Array, "..."] = number("1/(person week)", 0, 1, "published", NATIONAL_LAW)  # omega
    # Operators (10)
    operator_replacement: Float[Array, "..."] = number("1/week", 0, 1)  # phi, at which vacancies are filled
    operator_turnover: Float[Array, "..."] = number("1/week", 0, 1)  # nu, at which operators change posts
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
    entry_vacuum: Float[Array, "..."] = number("factor", 0, 1000)  # added where those present have no middle layer
    entry_share: Float[Array, "..."] = number("share of members in neighbouring places", 0, 1)  # who go
    absorption: Float[Array, "..."] = number("1/week", 0, 1)  # alpha, at which members of a disabled group join rivals
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
    exposed: Float[Array, "..."] = number("officials and journalists per 1,000 residents", 0, 100)  # to attacks
    disappearances: Float[Array, "..."] = number("persons per conflict homicide", 0, 100)  # who are never found
    civilians: Float[Array, "..."] = number("persons per member killed by the state", 0, 100)  # killed beside them
    retribution: Float[Array, "..."] = number("share", 0, 1)  # of those who leave crime, killed by former associates
    deaths_per_clash: Float[Array, "..."] = number(
        "persons", 1e-2, 100, source="Kalmanovitz and Bradley 2023"
    )  # under rules of law enforcement
    wounded_per_clash: Float[Array, "..."] = number("persons", 1e-2, 100)  # under any rules
    personnel_cost: Float[Array, "..."] = number("dollars per person and year", 0, 1e7)  # of forces and of staff

    def __repr__(self) -> str:
        """How many numbers there are, and how many of them differ between replicates, on one line."""
        rows = [value.shape[0] for value in vars(self).values() if getattr(value, "ndim", 0)]
        drawn = f", {len(rows)} drawn for {rows[0]:,} replicates" if rows else ""
        return f"Params({len(vars(self))} numbers{drawn})"
