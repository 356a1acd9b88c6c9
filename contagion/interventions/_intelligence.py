"""Intelligence on the middle layer of groups, shared by the interventions that act on it."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.interventions._targeting import average_capability, rank
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class Dossier(eqx.Module):
    """The groups under surveillance, and their exposure to leaks."""

    chosen: Bool[Array, "group replicate"]
    exposure: Float[Array, " replicate"]  # to leaks so far, weeks without police capability

    def known(self, coverage: Float[Array, ""], leak: Float[Array, ""]) -> Float[Array, " replicate"]:
        """Share of operators still identified: coverage exp(-leak sum_t (1 - q_t))."""
        return coverage * jnp.exp(-leak * self.exposure)


def unopened(view: Observation) -> Dossier:
    """Dossier before the start of the intelligence phase."""
    return Dossier(chosen=jnp.zeros_like(view.attributed, bool), exposure=jnp.zeros_like(view.attributed[0]))


def continued(
    dossier: Dossier,
    view: Observation,
    region: Region,
    elapsed: Int[Array, ""],
    weeks: Int[Array, ""],
    breadth: Int[Array, ""],
) -> Dossier:
    """Dossier one week later; the `breadth` groups with most attributed killings are chosen in the first of `weeks`.

    Identities leak at a rate proportional to police corruption 1 - q, where q is the population-weighted mean police
    capability.
    """
    corruption = 1 - average_capability(view, region)
    return Dossier(
        chosen=jnp.where(elapsed == 0, rank(view.attributed) < breadth, dossier.chosen),
        exposure=dossier.exposure + ((elapsed >= 0) & (elapsed < weeks)) * corruption,
    )
