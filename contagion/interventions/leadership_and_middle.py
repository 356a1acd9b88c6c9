"""Simultaneous removal of leaders and the middle layer."""

from jaxtyping import Array, Float, Int

from contagion.interventions._intelligence import Dossier, continued, unopened
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class LeadershipAndMiddle(Option):
    """Gathers intelligence as `middle_layer` does, then removes leaders and most operators in the same week.

    Leaders must be brought to justice, but together with the layer below, from which they regenerate (Felbab-Brown
    2019). Intelligence on operators leaks in the meantime; leaders are known anyway. No study measures the effect: it
    is assumed throughout.
    """

    effects = ("coverage", "severity", "cost", "staff")

    start: Int[Array, ""] = number("week", 0, 5200)
    intelligence_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    breadth: Int[Array, ""] = number("groups", 1, 64)
    coverage: Float[Array, ""] = number("share of operators known if nothing leaks", 0, 1)
    leak: Float[Array, ""] = number("1/week without police capability", 0, 1)
    severity: Float[Array, ""] = number("share of leadership integrity", 0, 1)
    killing: Float[Array, ""] = number("share killed rather than captured", 0, 1)
    staff: Float[Array, ""] = number("persons", 0, 1_000_000)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def init_memory(self, region: Region, view: Observation) -> Dossier:
        return unopened(view)

    def act(self, memory: Dossier, view: Observation, region: Region, week: Int[Array, ""]):
        elapsed = week - self.start
        dossier = continued(memory, view, region, elapsed, self.intelligence_weeks, self.breadth)
        struck = (elapsed == self.intelligence_weeks) * dossier.chosen
        active = (elapsed >= 0) & (elapsed <= self.intelligence_weeks)
        controls = Controls(
            removal=struck * self.severity,
            killing=struck * (self.severity > 0) * self.killing,
            sweep=struck * dossier.known(self.coverage, self.leak),
            ledger=Ledger(staff=active * self.staff, spending=active * self.cost),
        )
        return controls, dossier
