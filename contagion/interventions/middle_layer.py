"""One sweep of the middle layer after a phase of intelligence."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.interventions import Intervention, rank
from contagion.state import Controls, Region, View, number


class MiddleLayer(Intervention):
    """Gathers intelligence on the operators of groups, then arrests most of them at once.

    At `start` the `breadth` groups with most attributed killings are chosen. For `intelligence_weeks` nothing
    shows, and identities leak with the corruption of the police: what is swept is
    coverage exp(-leak sum_t (1 - q_t)), q the capability of the police an average resident has. A group
    whose middle layer is gone regenerates slowly and recruits less; a partial sweep leaves vacancies to fight
    over (Felbab-Brown 2019). No study measures the effect on homicides: it is assumed throughout.
    """

    effects = ("coverage",)

    start: Int[Array, ""] = number("week", 0, 5200)
    intelligence_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    breadth: Int[Array, ""] = number("groups", 1, 64)
    coverage: Float[Array, ""] = number("share of operators known if nothing leaks", 0, 1)
    leak: Float[Array, ""] = number("1/week without police capability", 0, 1)

    def remember(self, region: Region, view: View) -> tuple[Bool[Array, "group replicate"], Float[Array, " replicate"]]:
        """The groups chosen, and the exposure to leaks so far in weeks."""
        return jnp.zeros_like(view.attributed, bool), jnp.zeros_like(view.attributed[0])

    def act(self, memory, view: View, region: Region, week: Int[Array, ""]):
        chosen, exposure = memory
        elapsed = week - self.start
        chosen = jnp.where(elapsed == 0, rank(view.attributed) < self.breadth, chosen)
        residents = region.population / region.population.sum()
        corruption = 1 - (residents[:, None] * view.capability).sum(axis=0)
        gathering = (elapsed >= 0) & (elapsed < self.intelligence_weeks)
        exposure = exposure + gathering * corruption
        known = self.coverage * jnp.exp(-self.leak * exposure)
        return Controls(sweep=(elapsed == self.intelligence_weeks) * chosen * known), (chosen, exposure)
