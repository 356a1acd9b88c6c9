"""Seconds until the first result: imports, and the first compilation with an empty and with a filled cache."""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd

from experiments.speed import problem

IMPORT = "import contagion"
FIRST_WEEK = """
import json, time
times = [time.perf_counter()]
import contagion
from contagion import simulate
from contagion.simulation.runtime import configure
configure("cpu", "float32")
times.append(time.perf_counter())
atlas = contagion.load_region({region})
times.append(time.perf_counter())
simulate(atlas, {{"baseline": ()}}, weeks=1)
times.append(time.perf_counter())
simulate(atlas, {{"kingpin": (contagion.load_intervention("kingpin"),)}}, weeks=1)
times.append(time.perf_counter())
print(json.dumps([later - earlier for earlier, later in zip(times, times[1:])]))
"""
STAGES = ("imports", "region", "first week of the baseline, 64 replicates", "first week of a second strategy")


def python(code: str, cache: str) -> str:
    """What a fresh interpreter prints that keeps its caches in the folder `cache`."""
    environment = os.environ | {"XDG_CACHE_HOME": cache}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def table(sizes: problem.Sizes) -> pd.DataFrame:
    """Medians over fresh processes, seconds; the first in a new cache is cold, the second warm."""
    first_week = FIRST_WEEK.format(region="'lattice', rows=6, columns=6, groups=4" if sizes.small else "")
    code = f"import time; start = time.perf_counter(); {IMPORT}; print(time.perf_counter() - start)"
    imports, stages = [], {"cold": [], "warm": []}
    for _ in range(sizes.startups):
        with tempfile.TemporaryDirectory() as cache:
            imports.append(float(python(code, cache)))
            for state in stages.values():
                state.append(json.loads(python(first_week, cache).splitlines()[-1]))
    rows = [dict(cache="any", stage=IMPORT, seconds=np.median(imports), low=min(imports), high=max(imports))]
    for state, taken in stages.items():
        for stage, values in zip(STAGES, np.transpose(taken), strict=True):
            rows.append(dict(cache=state, stage=stage, seconds=np.median(values), low=values.min(), high=values.max()))
    return pd.DataFrame(rows)
