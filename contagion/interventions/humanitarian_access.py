"""Humanitarian access in areas under the control of groups."""

from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import choice, number
from contagion.kernel.intervention import Memory
from contagion.kernel.processes.memory import annual_rate, extreme
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class HumanitarianAccess(Option):
    """Aid to those in need, negotiated with partners in civil society, paid for to groups, or given up.

    The share of residents in need increases with recorded violence. With *partners* most are reached and support for
    the state rises; *paid* access reaches fewer and is revenue for groups, which increases recruitment; *retreat*
    leaves all but a few without help. Aid workers are exposed to attacks (Sullivan 2020: partners best, paying worst,
    retreat harmful). Effect sizes are assumed.
    """

    effects = ("need", "support", "payment", "workers_per_1000", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    mode: str = choice("partners", "paid", "retreat")
    need: Float[Array, ""] = number("share of residents where violence is extreme", 0, 1)
    need_half: Float[Array, ""] = number("homicides per 100,000 and year of half the need", 1e-3, 1e5)
    reach_partners: Float[Array, ""] = number("share of those in need", 0, 1)
    reach_paid: Float[Array, ""] = number("share of those in need", 0, 1)
    reach_retreat: Float[Array, ""] = number("share of those in need", 0, 1)
    support: Float[Array, ""] = number("share of the gap per week where all in a place are served", 0, 1)
    payment: Float[Array, ""] = number("share added to criminal revenue where all in a place are served", 0, 10)
    workers_per_1000: Float[Array, ""] = number("aid workers per 1,000 served", 0, 1000)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        active = week >= self.start
        reach = dict(partners=self.reach_partners, paid=self.reach_paid, retreat=self.reach_retreat)[self.mode]
        needy = active * self.need * extreme(annual_rate(view.recorded, region), self.need_half)
        reached = reach * needy
        persons = region.population[:, None]
        paid, negotiated = self.mode == "paid", self.mode == "partners"
        controls = Controls(
            support=negotiated * self.support * reached,
            revenue=1 + paid * self.payment * reached,
            ledger=Ledger(
                served=reached * persons,
                blocked=(needy - reached) * persons,
                exposed=self.workers_per_1000 / 1000 * reached * persons,
                spending=active * self.cost,
            ),
        )
        return controls, memory
