"""Simultaneous removal of leaders and the middle layer."""

from jaxtyping import Array, Bool, Float

from contagion.interventions._intelligence import Sweep
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number


class LeadershipAndMiddle(Sweep):
    """Gathers intelligence as `middle_layer` does, then removes leaders and most operators in the same week.

    Leaders must be brought to justice, but together with the layer below, from which they regenerate (Felbab-Brown
    2019). Intelligence on operators leaks and goes cold in the meantime; leaders are known anyway. No study measures
    the effect: it is assumed throughout.
    """

    effects = ("coverage", "severity", "cost", "staff")

    severity: Float[Array, ""] = number("share of leadership integrity", 0, 1)
    killing: Float[Array, ""] = number("share killed rather than captured", 0, 1)

    def strike(
        self, struck: Bool[Array, "group replicate"], swept: Float[Array, "group replicate"], ledger: Ledger
    ) -> Controls:
        return Controls(
            removal=struck * self.severity,
            killing=struck * (self.severity > 0) * self.killing,
            sweep=swept,
            ledger=ledger,
        )
