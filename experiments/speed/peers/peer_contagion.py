"""This library's counts-only model, 64 replicates."""

from dataclasses import fields
from typing import Any

import jax
from worker import Work

from contagion.kernel.region import Region
from experiments.speed import counts_only

REPLICATES, WEEKS = 64, 52


def prepare(data) -> Work:
    """The region is in the data; the model is that of `counts_only`."""
    leaves: dict[str, Any] = {field.name: data[field.name] for field in fields(Region) if field.name in data}
    leaves["provinces"] = int(data["provinces"])
    run = counts_only.ours(Region(**leaves))
    units = REPLICATES * WEEKS * len(data["population"])
    description = f"counts from own and neighbours' last counts, {REPLICATES} replicates of {WEEKS} weeks"

    def fresh():
        return lambda: jax.block_until_ready(run(REPLICATES, WEEKS))

    return Work(fresh, units, "replicate-place-step", description, f"jax {jax.__version__}")
