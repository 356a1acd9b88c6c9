"""Memory of `output=full`: how it grows with the output."""

import subprocess
import sys
from pathlib import Path

FULL = ("region=lattice", "region.rows=30", "region.columns=30", "weeks=520", "strategies=baseline", "output=full")
MEASURED = (
    "import resource, sys; from contagion.study.cli import main\n"
    "try: main()\nfinally: print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
)


def slopes(folder: Path, replicates: tuple[int, ...]) -> list[dict[str, object]]:
    """Peak memory of full outputs of several sizes; right where the largest takes less than 2 GB."""
    rows = []
    for count in replicates:
        target = folder / f"full-{count}"
        words = [sys.executable, "-c", MEASURED, *FULL, f"ensemble.replicates={count}", f"hydra.run.dir={target}"]
        run = subprocess.run(words, capture_output=True, text=True, check=False)
        size = sum(path.stat().st_size for path in (target / "results.zarr").rglob("*") if path.is_file())
        peak = int(run.stderr.split("peak ")[-1].split()[0]) / 1e6 if run.returncode == 0 else float("nan")
        raw = 120 * 900 * count * (4 + 6) / 1e9  # homicides and presence of six groups, before compression
        study = f"full output of {raw:.2f} GB ({size / 1e9:.2f} GB on disk): peak {peak:.2f} GB"
        rows.append(
            dict(study=study, tries=1, right=int(peak < 2), wrong=[] if run.returncode == 0 else [run.stderr[-300:]])
        )
    return rows
