"""How fast the simulator is, beside what else could be used, all on this machine in the same run.

    python -m experiments.speed [PART ...] [--peers-python PATH] [--tiny]

Parts: counts (the count model alone), full (the full model), peers (other simulators), scaling, cost, variance,
startup, gpu (a week as it is compiled for an H100, which needs `contagion[cuda]` and no GPU); all of them but the last
without a name. Prints a table of each and writes it beside this file as CSV, under a line that
says on what machine, when, and with which versions. Times are medians of runs taken in turn; compilation is apart.

Numba takes part where it is installed (`pip install 'contagion[speed]'`), the peers in an environment of their own:
`python -m venv peers; peers/bin/pip install mesa mesa-geo starsim laser-measles epydemix`, and then
`--peers-python peers/bin/python`.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from contagion.simulation.runtime import keep_memory
from experiments.speed import cost, counts_only, full, gpu, scaling, startup, variance
from experiments.speed.peers import compare as peers
from experiments.speed.problem import FULL, TINY, Sizes
from experiments.speed.timing import save

HERE = Path(__file__).parent
NOTES = {
    "counts": "counts-only model, ns per replicate, place and week on all cores (NumPy uses one)",
    "full": "full model without interventions, ns per replicate, place and week on all cores (NumPy uses one)",
    "peers": "other simulators at their nearest standard work, ns per unit on one core",
    "scaling": "full model on lattices of 2,500 places, 8 groups, 32 replicates where they do not vary",
    "cost": "one step against the traffic and the passes that its data require",
    "variance": "paired seeds: kingpin minus baseline, total homicides; 90 % bootstrap interval",
    "startup": "seconds of fresh processes; cold is an empty cache of compiled code",
    "gpu": "a week as compiled for an H100, not run: kernels, and bytes per replicate and place",
}


def run(
    parts: Sequence[str], sizes: Sizes, folder: Path, peers_python: str = sys.executable
) -> dict[str, pd.DataFrame]:
    """The tables of some parts, printed and written to a folder."""
    tables: dict[str, Callable[[Sizes], pd.DataFrame]] = {
        "counts": counts_only.table,
        "full": full.table,
        "peers": partial(peers.table, python=peers_python),
        "scaling": scaling.table,
        "cost": cost.table,
        "variance": variance.table,
        "startup": startup.table,
        "gpu": gpu.table,
    }
    keep_memory()  # for all candidates, as `contagion.simulate` does for its process
    made = {}
    for part in parts:
        made[part] = tables[part](sizes)
        save(made[part], part, folder, NOTES[part])
    if "scaling" in made:
        scaling.draw(made["scaling"], folder / "scaling.png")
    return made


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m experiments.speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*NOTES, []], default=[], metavar="PART", help=", ".join(NOTES))
    parser.add_argument("--peers-python", default=sys.executable, help="interpreter in which the peers are installed")
    parser.add_argument("--tiny", action="store_true", help="as little as shows that it runs")
    given = parser.parse_args()
    usual = [part for part in NOTES if part != "gpu" or gpu.installed()]
    run(given.parts or usual, TINY if given.tiny else FULL, HERE, given.peers_python)


if __name__ == "__main__":
    main()
