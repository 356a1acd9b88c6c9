"""One sweep of the middle layer after a phase of intelligence."""

from jaxtyping import Array, Float, Int

from contagion.interventions._intelligence import Dossier, continued, unopened
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class MiddleLayer(Option):
    """Gathers intelligence on the operators of groups, then arrests most of them at once.

    At `start` the `breadth` groups with most attributed killings are chosen. For `intelligence_weeks` there is no
    visible effect, and identities leak through police corruption: the share arrested is coverage exp(-leak sum_t (1 -
    q_t)), where q is the population-weighted mean police capability. A group without its middle layer regenerates
    slowly and recruits less; a partial sweep leaves vacancies to fight over (Felbab-Brown 2019). No study measures the
    effect on homicides: it is assumed throughout.
    """

    effects = ("coverage", "cost", "staff")

    start: Int[Array, ""] = number("week", 0, 5200)
    intelligence_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    breadth: Int[Array, ""] = number("groups", 1, 64)
    coverage: Float[Array, ""] = number("share of operators known if nothing leaks", 0, 1)
    leak: Float[Array, ""] = number("1/week without police capability", 0, 1)
    staff: Float[Array, ""] = number("persons", 0, 1_000_000)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def init_memory(self, region: Region, view: Observation) -> Dossier:
        return unopened(view)

    def act(self, memory: Dossier, view: Observation, region: Region, week: Int[Array, ""]):
        elapsed = week - self.start
        dossier = continued(memory, view, region, elapsed, self.intelligence_weeks, self.breadth)
        swept = (elapsed == self.intelligence_weeks) * dossier.chosen
        active = (elapsed >= 0) & (elapsed <= self.intelligence_weeks)
        sweep = swept * dossier.known(self.coverage, self.leak)
        return Controls(sweep=sweep, ledger=Ledger(staff=active * self.staff, spending=active * self.cost)), dossier
