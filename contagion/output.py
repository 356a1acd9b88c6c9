"""The output folder: nothing that lies there is ever overwritten, and nothing half-written ever shows."""

import shutil
import tempfile
import warnings
from pathlib import Path

import xarray as xr
from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from zarr.codecs import ZstdCodec
from zarr.errors import ZarrUserWarning

from contagion.committed import committed
from contagion.errors import InputError

RESULTS = "results.zarr"
POLYGONS = "polygons.parquet"
COMPARISON = "comparison.csv"
RANKING = "ranking.csv"
ROBUSTNESS = "robustness.csv"
SENSITIVITY = "sensitivity.csv"
SCENARIOS = "scenarios.csv"
MAPS = "maps"
REPORT = "report.html"
EXPORT = "export"
BATCHES = "batches"


def check_fresh(folder: Path) -> None:
    """Raises InputError where `folder` already holds results or cannot be written to.

    A run in batches that was interrupted may go on: what it left belongs to it.
    """
    unfinished = (folder / BATCHES).is_dir()
    for name in (RESULTS, POLYGONS, COMPARISON, RANKING, ROBUSTNESS, SENSITIVITY, SCENARIOS, MAPS, REPORT, EXPORT):
        if (folder / name).exists() and not unfinished:
            raise InputError(
                f"{folder / name} already exists and is never overwritten; "
                "choose another folder with hydra.run.dir=PATH"
            )
    existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise InputError(f"{existing}: cannot write there ({error.strerror}); choose hydra.run.dir=PATH") from None


class FreshFolder(Callback):
    """Refuses a used output folder before Hydra writes its own files there.

    Hydra turns exceptions of callbacks into warnings; SystemExit is none and carries the sentence out.
    """

    def on_run_start(self, config: DictConfig, **_: object) -> None:
        """Before a single run."""
        self._check(Path(config.hydra.run.dir))

    def on_multirun_start(self, config: DictConfig, **_: object) -> None:
        """Before a sweep."""
        folder = Path(config.hydra.sweep.dir)
        self._check(folder)
        if folder.exists() and any(folder.iterdir()):
            raise SystemExit(f"{folder} is not empty and nothing in it is overwritten; choose hydra.sweep.dir=PATH")

    @staticmethod
    def _check(folder: Path) -> None:
        try:
            check_fresh(folder)
        except InputError as error:
            raise SystemExit(str(error)) from None


def check_space(folder: Path, expected: int) -> None:
    """Raises InputError where `folder` has less room than `expected` bytes."""
    free = shutil.disk_usage(folder).free
    if free < expected:
        raise InputError(
            f"{folder}: {free / 1e6:.0f} MB free, but the results may need {expected / 1e6:.0f} MB; "
            "free some space, choose another folder with hydra.run.dir=PATH, or use output=summary"
        )


def save(dataset: xr.Dataset, folder: Path) -> Path:
    """Writes `dataset` to `folder`/results.zarr; a store that exists is complete."""
    path = folder / RESULTS
    with committed(path) as partial:
        store(dataset, partial)
    return path


def store(dataset: xr.Dataset, path: Path) -> None:
    """Writes `dataset` to a zarr store at `path`, whose chunks carry checksums."""
    check_space(path.parent, dataset.nbytes)
    compressor = ZstdCodec(level=3, checksum=True)
    encoding = {
        name: dict(chunks=_chunks(array), compressors=[compressor]) for name, array in dataset.data_vars.items()
    }
    with warnings.catch_warnings():
        # Readers look for consolidated metadata first and warn where there is none.
        warnings.filterwarnings("ignore", "Consolidated metadata is currently not part", ZarrUserWarning)
        dataset.to_zarr(path, mode="w", encoding=encoding, consolidated=True, zarr_format=3)


def _chunks(array: xr.DataArray) -> tuple[int, ...]:
    """One strategy, one statistic and, of full output, one replicate to a chunk: what a map or a series reads."""
    per_replicate = {"replicate", "place"} <= set(array.dims)
    single = {"strategy", "statistic", *(["replicate"] if per_replicate else [])}
    return tuple(1 if name in single else size for name, size in array.sizes.items())
