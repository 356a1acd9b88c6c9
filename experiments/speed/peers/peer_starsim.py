"""Starsim: SIR among agents in its own random network."""

from importlib.metadata import version

import starsim  # pyright: ignore[reportMissingImports]
from worker import Work

REPLICATES, STEPS, CONTACTS = 16, 52, 6


def prepare(data) -> Work:
    """As many agents as places times replicates, so that vectors are long."""
    agents = REPLICATES * len(data["population"])

    def fresh():
        sim = starsim.Sim(
            n_agents=agents,
            diseases=starsim.SIR(),
            networks=starsim.RandomNet(n_contacts=CONTACTS),
            dt=starsim.weeks(1),
            start="2020-01-01",
            dur=starsim.weeks(STEPS),
            verbose=0,
        )
        sim.init()
        return sim.run

    description = f"SIR among {agents} agents with {CONTACTS} random contacts each, {STEPS} weeks"
    return Work(fresh, agents * STEPS, "agent-step", description, f"starsim {version('starsim')}")
