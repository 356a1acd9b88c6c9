"""The Zarr store of results: write and reopen it."""

import shutil
import warnings
from pathlib import Path

import xarray as xr
from zarr.codecs import ZstdCodec
from zarr.errors import ZarrUserWarning

from contagion._util.atomic import committed
from contagion.errors import InputError

RESULTS = "results.zarr"
POLYGONS = "polygons.parquet"


def check_space(folder: Path, expected: int) -> None:
    """Raises InputError where `folder` has less room than `expected` bytes."""
    free = shutil.disk_usage(folder).free
    if free < expected:
        raise InputError(
            f"{folder}: {free / 1e6:.0f} MB free, but the results may need {expected / 1e6:.0f} MB; "
            "free some space, choose another folder with hydra.run.dir=PATH, or use output=summary"
        )


def save(dataset: xr.Dataset, folder: Path) -> Path:
    """Write results to the store of a folder; a store that exists is complete.

    Parameters
    ----------
    dataset
        As `simulate` returns it.
    folder
        Folder that has no store yet.

    Returns
    -------
    pathlib.Path
        The store, `results.zarr` in the folder.

    Raises
    ------
    InputError
        If the store exists, or the disk has too little space.
    """
    path = folder / RESULTS
    with committed(path) as partial:
        store(dataset, partial)
    return path


def store(dataset: xr.Dataset, path: Path) -> None:
    """Write `dataset` to a zarr store at `path`, whose chunks carry checksums."""
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


def open_results(folder: Path | str) -> xr.Dataset:
    """Open the results of a run; values are read when they are used.

    Parameters
    ----------
    folder
        Folder of a run, which holds `results.zarr`, or the store itself.

    Returns
    -------
    xarray.Dataset
        What `simulate` returned.

    Raises
    ------
    InputError
        If there are no results, or they cannot be read.
    """
    folder = Path(folder)
    path = folder if folder.suffix == ".zarr" else folder / RESULTS
    if not path.is_dir():
        raise InputError(f"{path}: no such store; give the folder of a run, which holds {RESULTS}")
    try:
        return xr.open_zarr(path)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: cannot be read as results ({str(error).strip()})") from None
