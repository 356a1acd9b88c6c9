"""Flows and stocks: what is recorded of a step or a period."""

import equinox as eqx
from jaxtyping import Array, Bool, Float, Int


class Stocks(eqx.Module):
    """What is kept of the state at the end of a recorded period."""

    members: Float[Array, "place replicate"]
    operators: Float[Array, "place replicate"]
    military: Float[Array, "place replicate"]
    police: Float[Array, "place replicate"]
    capability: Float[Array, "place replicate"]
    deterrence: Float[Array, "place replicate"]
    trust: Float[Array, "place replicate"]
    displaced: Float[Array, "place replicate"]
    controlled: Float[Array, "place replicate"]  # residents under criminal control, persons
    occupied: Float[Array, "place replicate"]  # 1 where any group has a foothold
    present: Bool[Array, "place group replicate"]  # whether a group has a foothold
    members_of_group: Float[Array, "group replicate"]
    operators_of_group: Float[Array, "group replicate"]
    places_of_group: Float[Array, "group replicate"]  # in which it has a foothold
    violent: Float[Array, "place replicate"]  # 1 where the rate of homicides is above `EPIDEMIC`
    newly_violent: Float[Array, "place replicate"]  # 1 where it is, and was not at the start
    newly_violent_residents: Float[Array, "place replicate"]  # persons who live there
    reporting: Float[Array, "place replicate"]  # share of homicides that reaches the record
    integrity: Float[Array, "group replicate"]
    parent: Int[Array, "group replicate"]  # group that the slot split from, -1 for none
    expected: Float[Array, "week place replicate"] | None = None  # by the mechanism in each week of an anchored period


class Flows(eqx.Module):
    """What is kept of one step, or summed or averaged over the steps of a recorded period."""

    homicides: Float[Array, "#place #replicate"]  # y
    conflict_homicides: Float[Array, "#place #replicate"]  # of which expected from conflict between groups
    clash_homicides: Float[Array, "#place #replicate"]  # of which expected from clashes with the state
    abuses: Float[Array, "#place #replicate"]  # complaints about abuse by forces
    extortion: Float[
        Array, "#place #replicate"
    ]  # weeks of extortion by groups in full control with their usual revenue
    served: Float[Array, "#place #replicate"]  # person-weeks of humanitarian access
    blocked: Float[Array, "#place #replicate"]  # person-weeks in need without it
    secured: Float[Array, "#place #replicate"]  # weeks for which the military of a handover held the place
    held: Float[Array, "#place #replicate"]  # weeks for which police held it after a handover
    raids: Float[Array, "#place #replicate"]  # removals of leaders that are known to have happened in the place
    attacks: Float[Array, "#place #replicate"]  # on officials, journalists, aid workers, activists and guards
    confrontations: Float[Array, "#replicate"]  # clashes with the state
    disappeared: Float[Array, "#replicate"]  # persons
    civilians: Float[Array, "#replicate"]  # killed by the state beside members, persons; not in the homicides
    wounded: Float[Array, "#replicate"]  # in them, persons
    agreement: Float[Array, "#replicate"]  # weeks for which an agreement with groups held
    stalled: Float[Array, "#replicate"]  # weeks of parts of a handover that did not come closer to their next phase
    relapses: Float[Array, "#replicate"]  # parts of a handover that had to be secured again
    consumption: Float[Array, "#replicate"]  # drug consumption, weeks at the level of the start
    staff: Float[Array, "#replicate"]  # person-weeks of staff
    spending: Float[Array, "#replicate"]  # million dollars, personnel beyond the start included
    captures: Float[Array, "#group #replicate"]  # removals of leaders
    demobilised: Float[Array, "#group #replicate"]  # left crime under an amnesty or by legalisation, persons
    recruits: Float[Array, "#group #replicate"]  # persons
    incapacitated: Float[Array, "#group #replicate"]  # arrested rank and file, persons
    convicted: Float[Array, "#group #replicate"]  # rank and file and operators convicted, persons
    killed: Float[Array, "#group #replicate"]  # members killed in conflict, persons
    killed_by_state: Float[Array, "#group #replicate"]  # members killed in clashes with the state, persons
    dropouts: Float[Array, "#group #replicate"]  # left by saturation, persons
    known: Float[Array, "#group #replicate"]  # share of operators known at strikes, summed over strikes
    leaked: Float[Array, "#group #replicate"]  # share of them that leaks had lost before, summed over strikes
    swept: Float[Array, "#group #replicate"]  # operators arrested in sweeps, persons
    relocated: Float[Array, "#group #replicate"]  # rank and file that moved to other places, persons
    defected: Float[Array, "#group #replicate"]  # rank and file that went to another group, persons
    absorbed: Float[Array, "#group #replicate"]  # rank and file taken in from other groups, persons
    entries: Float[Array, "#group #replicate"]  # places in which the group opened
    splits: Float[Array, "#group #replicate"]  # of the group
    blocked_splits: Float[Array, "#group #replicate"]  # of the group, for want of a free slot
