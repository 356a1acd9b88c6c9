"""Where derivatives of the deterministic mode say what a little more of an option does.

    python -m experiments.gradients [--rows 8] [--replicates 256]

The derivative of homicides over the run by the dose of each option, at a dose of 1, beside the paired difference
between doses of 1.1 and 0.9, with chance, per unit of dose. They agree where both have the same sign and differ by at
most 10 % of the difference. Writes `gradients.csv` beside this file.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import contagion
from contagion.analysis.paired import mean_interval
from contagion.interventions.registry import intervention_names
from contagion.optimise import Evaluations, gradient
from contagion.optimise.space import DOSE, space_of

STEP, CLOSE, WEEKS = 0.1, 0.1, 156
LEAST = 1.0  # homicides per unit of dose below which an option does next to nothing


def compared(atlas: contagion.Atlas, name: str, replicates: int) -> dict[str, Any]:
    """Derivative and paired difference of one option."""
    option = contagion.load_intervention(
        name, **({"regions": "deployment_regions"} if name == "national_guard" else {})
    )
    space = space_of({name: option}, None, None, WEEKS)
    plan = {name: {DOSE: 1.0}}
    still = Evaluations(space, atlas, ["homicides"], 1, deterministic=True, anchor="none", weeks=WEEKS)
    slope = gradient(still, plan).doses[name]
    chance = Evaluations(space, atlas, ["homicides"], replicates, anchor="none", weeks=WEEKS)
    more, less = chance.of([{name: {DOSE: 1 + STEP}}, {name: {DOSE: 1 - STEP}}])
    paired = (more.differences["homicides"] - less.differences["homicides"]) / (2 * STEP)
    low, high = mean_interval(paired)
    mean = float(paired.mean())
    small = max(abs(mean), abs(slope)) < LEAST
    agrees = np.sign(mean) == np.sign(slope) and abs(slope - mean) <= CLOSE * abs(mean)
    verdict = "no effect" if small else "agree" if agrees else "undecided" if low <= slope <= high else "differ"
    return dict(option=name, gradient=slope, paired=mean, paired_low=low, paired_high=high, verdict=verdict)


def main() -> None:
    """Compare every option, and record it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--replicates", type=int, default=256)
    given = parser.parse_args()
    atlas = contagion.load_region("lattice", rows=given.rows, columns=given.rows)
    rows = []
    for name in intervention_names():
        rows.append(compared(atlas, name, given.replicates))
        print(rows[-1], flush=True)
    pd.DataFrame(rows).to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format="%.4g")


if __name__ == "__main__":
    main()
