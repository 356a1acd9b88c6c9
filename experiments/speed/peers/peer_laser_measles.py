"""LASER measles: the biweekly compartmental model, a patch for each place."""

from importlib.metadata import version

import numpy as np
import polars as pl  # pyright: ignore[reportMissingImports]
from laser.measles import create_component  # pyright: ignore[reportMissingImports]
from laser.measles.biweekly import BiweeklyModel, BiweeklyParams, components  # pyright: ignore[reportMissingImports]
from worker import Work

STEPS = 52


def prepare(data) -> Work:
    """Infection with gravity mixing between patches, which is a dense matrix; nothing else."""
    places = len(data["population"])
    scenario = pl.DataFrame(
        {
            "id": [f"patch_{index}" for index in range(places)],
            "lat": data["lat"],
            "lon": data["lon"],
            "pop": np.maximum(data["population"], 100).astype(np.int64),
            "mcv1": np.zeros(places),
        }
    )

    def fresh():
        model = BiweeklyModel(scenario, BiweeklyParams(num_ticks=STEPS, seed=0, show_progress=False))
        model.add_component(
            create_component(components.InfectionSeedingProcess, components.InfectionSeedingParams(num_infections=50))
        )
        model.add_component(create_component(components.InfectionProcess, components.InfectionParams()))
        for component in model.instances:
            if hasattr(component, "mixing_matrix"):
                component.mixing_matrix.sum()  # computed when it is first asked for
        return model.run

    description = f"biweekly SIR over patches with gravity mixing, {STEPS} steps"
    return Work(fresh, places * STEPS, "place-step", description, f"laser-measles {version('laser-measles')}")
