"""Sweeps of the middle layer after a phase of intelligence."""

from jaxtyping import Array, Bool, Float

from contagion.interventions._intelligence import Sweep
from contagion.kernel.controls import Controls, Ledger


class MiddleLayer(Sweep):
    """Gathers intelligence on the operators of groups, then arrests most of them at once.

    A group without its middle layer recruits less and regenerates slowly, fights less as far as `command_effect` has
    it, and its members may join rivals; a partial sweep leaves vacancies to fight over (Felbab-Brown 2019). No study
    measures the effect on homicides: it is assumed throughout.
    """

    effects = ("coverage", "cost", "staff")

    def strike(
        self, struck: Bool[Array, "group replicate"], swept: Float[Array, "group replicate"], ledger: Ledger
    ) -> Controls:
        return Controls(sweep=swept, ledger=ledger)
