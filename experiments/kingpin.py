"""What the effect of removing leaders hangs on: how often, and what a removal does.

    python -m experiments.kingpin [--replicates 64]

Mexico from 2018 for five years: one group after the other loses a leader as often as in the record (24 leaders in the
nine years from 2008) or every eight weeks; with the default numbers, with those calibrated, and with them without the
succession contest, without splits of groups that lost their leader, and without both. Writes `kingpin.csv`: change of
homicides in per cent with its 90 % interval over replicates, and the share of replicates in which they rise.
CONTAGION_MIRROR names a folder with the public files.
"""

import argparse
from dataclasses import replace
from datetime import date
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pandas as pd

import contagion

RECORDED, OFTEN = 20, 8  # weeks between strikes
NO_CONTEST = dict(capture_shock=0.0, killing_shock=0.0, site_shock=0.0)
NO_SPLITS = dict(split_hazard_headless=0.0)
VARIANTS = {
    "default": ("default", {}),
    "calibrated": ("calibrated", {}),
    "calibrated, no succession contest": ("calibrated", NO_CONTEST),
    "calibrated, no splits without a leader": ("calibrated", NO_SPLITS),
    "calibrated, neither": ("calibrated", NO_CONTEST | NO_SPLITS),
}


def effects(atlas: contagion.Atlas, replicates: int) -> pd.DataFrame:
    """A row for each variant and pace."""
    paces = {f"every {weeks} weeks": weeks for weeks in (RECORDED, OFTEN)}
    strategies = {name: (contagion.load_intervention("kingpin", every=weeks),) for name, weeks in paces.items()}
    rows = []
    for variant, (preset, changes) in VARIANTS.items():
        params = contagion.load_params(preset, replicates)
        params = replace(params, **{name: jnp.asarray(value) for name, value in changes.items()})
        run = contagion.simulate(
            atlas, {"baseline": (), **strategies}, params=params, replicates=replicates, record="run"
        )
        total = run.homicides_total.sum("time")
        for name in strategies:
            change = 100 * (total.sel(strategy=name) / total.sel(strategy="baseline") - 1).values
            low, middle, high = np.quantile(change, [0.05, 0.5, 0.95])
            removed = float(run.captures.sel(strategy=name).sum(["time", "group"]).mean())
            rows.append(
                dict(variant=variant, pace=name, removals=removed, change=middle, low=low, high=high)
                | dict(rises=float((change > 0).mean()))
            )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=64)
    given = parser.parse_args()
    table = effects(contagion.load_region("mexico", start=date(2018, 1, 1)), given.replicates)
    print(table.to_string(index=False, float_format="%.3g"))
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format="%.4g")
