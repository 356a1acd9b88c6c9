"""The Zarr store of results: write and reopen it."""

import hashlib
import json
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr
from zarr.codecs import ZstdCodec
from zarr.errors import ZarrUserWarning

from contagion._util.atomic import committed
from contagion.errors import InputError
from contagion.regions.geometry import with_outlines, without_outlines
from contagion.simulation.schema import VARIABLE

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

RESULTS = "results.zarr"
POLYGONS = "polygons.parquet"
RECEIPT = "receipt.json"


def check_space(folder: Path, expected: int) -> None:
    """Raises InputError where `folder` has less room than `expected` bytes."""
    free = shutil.disk_usage(folder).free
    if free < expected:
        raise InputError(
            f"{folder}: {free / 1e6:.0f} MB free, but the results may need {expected / 1e6:.0f} MB; "
            "free some space, choose another folder with hydra.run.dir=PATH, or use output=summary"
        )


def save(dataset: xr.Dataset, folder: Path, polygons: "GeoDataFrame | None" = None) -> Path:
    """Write results to the store of a folder; a store that exists is complete.

    Parameters
    ----------
    dataset
        As `simulate` returns it.
    folder
        Folder that has no store yet.
    polygons
        Outlines of the places, indexed by code, to be stored as well, as `Atlas.polygons`; by default none.

    Returns
    -------
    pathlib.Path
        The store, `results.zarr` in the folder.

    Raises
    ------
    InputError
        If the store exists, the disk has too little space, or polygons and places do not match.
    """
    path = folder / RESULTS
    with committed(path) as partial:
        store(dataset, partial, polygons)
    return path


def store(dataset: xr.Dataset, path: Path, polygons: "GeoDataFrame | None" = None) -> None:
    """Write `dataset`, with the outlines of its places, to a zarr store at `path`, whose chunks carry checksums."""
    check_space(path.parent, dataset.nbytes)
    dataset = _aligned(dataset if polygons is None else with_outlines(dataset, polygons))
    compressor = ZstdCodec(level=3, checksum=True)
    encoding = {
        name: dict(chunks=_chunks(array), compressors=[compressor]) for name, array in dataset.data_vars.items()
    }
    with warnings.catch_warnings():
        # Readers look for consolidated metadata first and warn where there is none.
        warnings.filterwarnings("ignore", "Consolidated metadata is currently not part", ZarrUserWarning)
        dataset.to_zarr(path, mode="w", encoding=encoding, consolidated=True, zarr_format=3)
    data = tuple(f"{name}/c/" for name in dataset.data_vars)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    hashes = {file.relative_to(path).as_posix(): _hash(file) for file in files}
    receipt: dict[str, Any] = dict(
        data={name: each for name, each in hashes.items() if name.startswith(data)},
        other={name: each for name, each in hashes.items() if not name.startswith(data)},
    )
    receipt["own"] = _own_hash(receipt)
    (path / RECEIPT).write_text(json.dumps(receipt, indent=0), encoding="utf-8")


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _own_hash(receipt: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps([receipt["data"], receipt["other"]], sort_keys=True).encode()).hexdigest()


def _check_receipt(path: Path, verify: bool) -> None:
    """Raise InputError where a file of a store is absent or another one than was written.

    Zarr reads an absent chunk as if nothing had been stored there. Metadata and coordinates are always read and
    compared; the chunks of data, whose checksums are compared when they are read, with `verify`.
    """
    try:
        receipt = json.loads((path / RECEIPT).read_text(encoding="utf-8"))
        data, other = dict(receipt["data"]), dict(receipt["other"])
        whole = receipt["own"] == _own_hash(receipt)
    except FileNotFoundError:
        raise InputError(f"{path}: incomplete, or of an older version: {RECEIPT} is missing") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: damaged: {RECEIPT} cannot be read ({type(error).__name__})") from None
    if not whole:
        raise InputError(f"{path}: damaged: {RECEIPT} is not as it was written")
    for name, expected in (data | other).items():
        file = path / name
        if not file.is_file():
            raise InputError(f"{path}: damaged: {name} is missing")
        if (verify or name in other) and _hash(file) != expected:
            raise InputError(f"{path}: damaged: {name} is not as it was written")


def _chunks(array: xr.DataArray) -> tuple[int, ...]:
    """One job, one strategy, one statistic and, of full output, one replicate to a chunk: what a map or a series reads.

    Where replicates come last, as in parts of a run, they are read together, and packed variables one at a time.
    """
    by_replicate = "place" in array.dims and "replicate" in array.dims[:-1]
    single = {"job", "strategy", "statistic", *(["replicate"] if by_replicate else [])}
    if "place" in array.dims:
        single |= {str(name) for name in array.dims if str(name).startswith(VARIABLE)}
    return tuple(1 if name in single else size for name, size in array.sizes.items())


def _aligned(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset with what is computed as it is written in chunks of the store, so that each is written once."""
    lazy = {name: array for name, array in dataset.data_vars.items() if array.chunks}
    return dataset.assign(
        {name: array.chunk(dict(zip(array.dims, _chunks(array), strict=True))) for name, array in lazy.items()}
    )


def open_results(folder: Path | str, verify: bool = False, chunks: dict[str, int] | None = None) -> xr.Dataset:
    """Open the results of a run; values are read when they are used.

    Parameters
    ----------
    folder
        Folder of a run, which holds `results.zarr`, or the store itself.
    verify
        Read everything once, and compare it with what was written. Without, that all files are there, metadata and
        coordinates are compared, and data when it is read.
    chunks
        Sizes of Dask's chunks by dimension, or ``{}`` for those of the store; by default arrays without Dask.

    Returns
    -------
    xarray.Dataset
        What `simulate` returned; `xarray.open_zarr` has the outlines of the places as well.

    Raises
    ------
    InputError
        If there are no results, they cannot be read, or a file of them is missing or damaged.
    """
    folder = Path(folder)
    path = folder if folder.suffix == ".zarr" else folder / RESULTS
    if not path.is_dir():
        raise InputError(f"{path}: no such store; give the folder of a run, which holds {RESULTS}")
    _check_receipt(path, verify)
    try:
        return without_outlines(xr.open_zarr(path, chunks=chunks))
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: cannot be read as results ({str(error).strip()})") from None
