"""Intelligence on the middle layer of groups, shared by the interventions that act on it."""

from abc import abstractmethod

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.interventions._targeting import average_capability, rank
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class Dossier(eqx.Module):
    """The groups under surveillance, and what has been lost of the identities of their operators."""

    chosen: Bool[Array, "group replicate"]
    exposure: Float[Array, " replicate"]  # to leaks so far, weeks without police capability
    current: Float[Array, "group replicate"]  # share of identities that have not gone cold


class Sweep(Option):
    """What options share that gather intelligence on operators and arrest most of them at once.

    At `start` groups are chosen, by attributed killings. For `intelligence_weeks` there is no visible effect, and
    identities are lost in two ways: they leak through police corruption, and they go cold as a group renews its middle
    layer, by appointments, changes of posts and infighting. The share arrested is coverage exp(-leak sum_t (1 - q_t))
    prod_t (1 - cold n_gt), where q is the population-weighted mean police capability and n_g the share of the middle
    layer that is new in a week. A splinter has to be watched anew: only those who stayed are arrested.

    With `every` the whole is repeated, on groups chosen anew; with `together`, each time on so many of the `breadth`
    groups, in turn.
    """

    start: Int[Array, ""] = number("week", 0, 5200)
    intelligence_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    every: Int[Array, ""] = number("weeks from one start to the next, 0 for once", 0, 10_400)
    breadth: Int[Array, ""] = number("groups", 1, 64)
    together: Int[Array, ""] = number("groups at a time, 0 for all", 0, 64)
    coverage: Float[Array, ""] = number("share of operators known if nothing is lost", 0, 1)
    leak: Float[Array, ""] = number("1/week without police capability", 0, 1)
    cold: Float[Array, ""] = number("share of newcomers who stay unknown", 0, 1)
    staff: Float[Array, ""] = number("persons", 0, 1_000_000)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def contradiction(self) -> str | None:
        every, weeks = int(self.every), int(self.intelligence_weeks)
        if 0 < every <= weeks:
            return f"every={every}: must be more than intelligence_weeks={weeks}, or 0 for a single sweep"
        return None

    def init_memory(self, region: Region, view: Observation) -> Dossier:
        """Dossier before the start."""
        return Dossier(
            chosen=jnp.zeros_like(view.attributed, bool),
            exposure=jnp.zeros_like(view.attributed[0]),
            current=jnp.ones_like(view.attributed),
        )

    def act(self, memory: Dossier, view: Observation, region: Region, week: Int[Array, ""]):
        elapsed = week - self.start
        rounds = jnp.where((self.every > 0) & (elapsed >= 0), elapsed // jnp.maximum(self.every, 1), 0)
        elapsed = elapsed - rounds * self.every
        dossier = self.continued(memory, view, region, elapsed, rounds)
        struck = (elapsed == self.intelligence_weeks) * dossier.chosen
        kept = jnp.exp(-self.leak * dossier.exposure)
        known = self.coverage * kept * dossier.current
        active = (elapsed >= 0) & (elapsed <= self.intelligence_weeks)
        ledger = Ledger(
            known=struck * known,
            leaked=struck * self.coverage * (1 - kept),
            staff=active * self.staff,
            spending=active * self.cost,
        )
        return self.strike(struck, struck * known, ledger), dossier

    @abstractmethod
    def strike(
        self, struck: Bool[Array, "group replicate"], swept: Float[Array, "group replicate"], ledger: Ledger
    ) -> Controls:
        """Controls of a week in which groups are `struck`, or none; a share of their operators is `swept`."""

    def continued(
        self, dossier: Dossier, view: Observation, region: Region, elapsed: Int[Array, ""], rounds: Int[Array, ""]
    ) -> Dossier:
        """Dossier one week later; it is opened anew in the first week of each round."""
        first = elapsed == 0
        size = jnp.where(self.together > 0, jnp.minimum(self.together, self.breadth), self.breadth)
        ranks = rank(view.attributed)
        turn = (ranks - rounds * size) % self.breadth < size
        watched = (elapsed >= 0) & (elapsed < self.intelligence_weeks)
        corruption = 1 - average_capability(view, region)
        exposure = jnp.where(first, 0, dossier.exposure)
        current = jnp.where(first, 1, dossier.current)
        return Dossier(
            chosen=jnp.where(first, (ranks < self.breadth) & turn, dossier.chosen),
            exposure=exposure + watched * corruption,
            current=current * (1 - watched * self.cold * view.renewed),
        )
