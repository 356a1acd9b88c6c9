"""Process 5: recruitment of rank and file."""

from dataclasses import replace

from jaxtyping import Array, Float

from contagion.kernel.controls import Controls
from contagion.kernel.numerics.fractions import ratio
from contagion.kernel.params import Params
from contagion.kernel.region import Region
from contagion.kernel.state import State


def recruitment(
    state: State, controls: Controls, params: Params, region: Region
) -> tuple[State, Float[Array, "place group replicate"]]:
    """Operators recruit: R = rho v_m Q(O/S) S with Q(x) = [x/(x + x0)] / [x*/(x* + x0)].

    Q is 1 at the usual share x* of operators and falls when the middle layer is thinned out. Written in
    persons, x/(x + x0) = O/(O + x0 S), which needs no division by an empty group. Assumed: a share e of recruitment
    goes with criminal revenue, of the place and of the group, [1 + e (revenue_m - 1)] [1 + e (income_g - 1)]; a share
    p happens in prisons, in proportion to those in them and to what custody does not prevent.

    Returns the state and the recruits, in persons.
    """
    half = params.operator_share_half
    usual = params.operator_share / (params.operator_share + half)
    supply = state.operators + half * state.members
    quality = ratio(state.operators, supply, usual)
    paid_in_place, paid_by_group = (
        1 + params.revenue_effect * (factor - 1) for factor in (controls.revenue, controls.income)
    )
    outside_prison = 1 + params.prison_share * (state.crowding * (1 - controls.custody) - 1)
    drawn = (region.vulnerability[:, None] * controls.recruitment * paid_in_place)[:, None]
    rate = params.recruitment / usual * outside_prison * paid_by_group * drawn * quality
    recruits = rate * state.members
    return replace(state, members=state.members + recruits), recruits
