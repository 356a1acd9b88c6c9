"""Other simulators and the library's counts in turn, each in a process of its own on the same single core."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from contagion.regions.atlas import Atlas
from experiments.speed import counts_model, problem
from experiments.speed.timing import interleaved

HERE = Path(__file__).parent
PEERS = {"mesa-geo": "mesa_geo", "starsim": "starsim", "laser-measles": "laser_measles", "epydemix": "epydemix"}
OURS = "contagion"
ROOT = HERE.parents[2]


def write(atlas: Atlas, path: Path) -> None:
    """All that the workers need as plain arrays."""
    edges = problem.weights(atlas.region).tocoo()
    region = {
        name: leaf for name, leaf in vars(atlas.region).items() if name not in ("areas", "slots") and leaf is not None
    }
    np.savez(
        path,
        **{name: np.asarray(leaf) for name, leaf in region.items()},  # pyright: ignore[reportArgumentType]
        endemic=counts_model.endemic(atlas.region),
        phi=counts_model.PHI,
        xi=counts_model.XI,
        focal=edges.coords[0],
        other=edges.coords[1],
        weight=edges.data,
        lat=atlas.polygons["lat"].to_numpy(float),
        lon=atlas.polygons["lon"].to_numpy(float),
        polygons=np.array(shapely.to_wkb(atlas.polygons.geometry.to_numpy(), hex=True), dtype=str),
    )


class Worker:
    """A process that times one simulator when asked."""

    def __init__(self, name: str, interpreter: str, data: Path) -> None:
        """Raises `RuntimeError` with the last line it left where it does not start."""
        self.errors = tempfile.TemporaryFile(mode="w+", encoding="utf-8")  # noqa: SIM115 - closed with the worker
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.process = subprocess.Popen(
            [interpreter, str(HERE / "worker.py"), f"peer_{name}", str(data)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.requests, self.answers = self.process.stdin, self.process.stdout
        try:
            self.work = json.loads(self._answer())
        except RuntimeError:
            self.close()
            raise

    def _answer(self) -> str:
        line = self.answers.readline()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            raise RuntimeError((self.errors.read().strip().splitlines() or ["it said nothing"])[-1])
        return line

    def seconds(self) -> float:
        """One timed run."""
        self.requests.write("\n")
        self.requests.flush()
        return float(self._answer())

    def close(self) -> None:
        """Ends the process, which waits for input, by ending its input."""
        self.requests.close()
        self.process.wait()
        self.answers.close()
        self.errors.close()


def table(sizes: problem.Sizes, python: str = sys.executable) -> pd.DataFrame:
    """A row for the library and each peer that `python` can import: nanoseconds per unit of its work on one core."""
    workers: dict[str, Worker] = {}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "region.npz"
        write(problem.atlas(sizes), data)
        try:
            for name, module in {OURS: "contagion", **PEERS}.items():
                try:
                    workers[name] = Worker(module, sys.executable if name == OURS else python, data)
                except RuntimeError as error:
                    if name == OURS:
                        raise
                    print(f"{name} is left out: {error} (pip install {name}, and --peers-python)")
            taken = interleaved([worker.seconds for worker in workers.values()], sizes.repetitions)
        finally:
            for worker in workers.values():
                worker.close()
    works = [worker.work for worker in workers.values()]
    nanoseconds = np.median(taken, axis=1) / [work["units"] for work in works] * 1e9
    return pd.DataFrame(
        dict(
            simulator=list(workers),
            ns=nanoseconds,
            times_ours=nanoseconds / nanoseconds[0],
            unit=[work["unit"] for work in works],
            work=[work["description"] for work in works],
            version=[work["version"] for work in works],
        )
    )
