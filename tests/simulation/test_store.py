"""What lies in the output folder is whole or absent, and a damaged store is noticed."""

import errno
import shutil
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from omegaconf import DictConfig, OmegaConf

from contagion._util.atomic import committed
from contagion.errors import InputError
from contagion.simulation import store
from contagion.simulation.labels import text
from contagion.study.folders import output_folder
from contagion.study.folders.output_folder import check_fresh, plain


@pytest.fixture
def dataset():
    values = np.arange(2 * 4 * 3 * 5, dtype=np.float32).reshape(2, 4, 3, 5)
    return xr.Dataset({"homicides": (("strategy", "statistic", "time", "place"), values)})


def test_store_comes_back_equal(dataset, tmp_path):
    with xr.open_zarr(store.save(dataset, tmp_path)) as stored:
        xr.testing.assert_identical(stored.load(), dataset)
    assert [path.name for path in tmp_path.iterdir()] == ["results.zarr"]


def test_store_is_never_overwritten(dataset, tmp_path):
    store.save(dataset, tmp_path)
    with pytest.raises(InputError, match="never overwritten"):
        store.save(dataset + 1, tmp_path)


def test_flipped_bit_is_noticed(dataset, tmp_path):
    """Every chunk carries a checksum: damage is an error and never a wrong number."""
    path = store.save(dataset, tmp_path)
    chunk = next(path for path in (path / "homicides" / "c").rglob("*") if path.is_file())
    damaged = bytearray(chunk.read_bytes())
    damaged[len(damaged) // 2] ^= 4
    chunk.write_bytes(damaged)
    with xr.open_zarr(path) as stored, pytest.raises((RuntimeError, ValueError)):
        stored.load()


def test_too_little_space_is_refused_before_writing(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(store.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(InputError, match="0 MB free, but the results may need"):
        store.save(dataset, tmp_path)
    assert not list(tmp_path.iterdir())


def test_full_disk_leaves_nothing_behind(tmp_path):
    def fill_disk():
        with committed(tmp_path / "results.zarr") as partial:
            partial.mkdir()
            (partial / "chunk").write_text("half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(InputError, match="no space left on the disk"):
        fill_disk()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["maps", *output_folder.TABLES])
def test_used_folder_is_refused(name, tmp_path):
    config = dict(weeks=3, runtime={})
    check_fresh(tmp_path / "new", config)
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=f"{name} already exists and is never overwritten"):
        check_fresh(tmp_path, config)


def test_killed_run_leaves_no_store(tmp_path):
    """Killed in the middle of a run: what there is has no name of a result, and the folder can be used again."""
    options = ["region=lattice", "region.rows=30", "region.columns=30", "weeks=5200", "hydra.run.dir=run"]
    run = subprocess.Popen(
        [sys.executable, "-m", "contagion", *options], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    assert run.stderr is not None
    assert "running on" in run.stderr.readline()
    time.sleep(2)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    config = OmegaConf.load(tmp_path / "run" / ".hydra" / "config.yaml")
    assert isinstance(config, DictConfig)
    check_fresh(tmp_path / "run", plain(config))
    assert not (tmp_path / "run" / "results.zarr").exists()


def test_results_are_opened_by_their_folder(dataset, tmp_path):
    stored = store.save(dataset, tmp_path)
    for given in (tmp_path, str(tmp_path), stored):
        xr.testing.assert_identical(store.open_results(given).load(), dataset)
    with pytest.raises(InputError, match=r"no such store; give the folder of a run"):
        store.open_results(tmp_path / "elsewhere")
    (tmp_path / "broken.zarr").mkdir()
    with pytest.raises(InputError, match=r"incomplete, or of an older version: receipt\.json is missing"):
        store.open_results(tmp_path / "broken.zarr")


def damage(file, how):
    """A flipped bit, a file that is cut, empty or gone."""
    content = file.read_bytes()
    if how == "removed":
        file.unlink()
    else:
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 8]) + content[middle + 1 :]
        file.write_bytes({"flipped": flipped, "cut": content[:middle], "empty": b""}[how])


@pytest.mark.parametrize("how", ["flipped", "cut", "empty", "removed"])
def test_damage_of_any_file_is_noticed(dataset, tmp_path, how):
    """Data and coordinates, metadata and the receipt itself; an absent chunk would read as if nothing were there."""
    whole = dataset.assign_coords(place=("place", text("abcde")), lon=("place", np.arange(5.0)))
    stored = store.save(whole, tmp_path)
    xr.testing.assert_identical(store.open_results(stored, verify=True).load(), whole)
    files = [file for file in stored.rglob("*") if file.is_file()]
    assert len(files) > 10
    for number, file in enumerate(files):
        copy = tmp_path / f"{number}.zarr"
        shutil.copytree(stored, copy)
        damage(copy / file.relative_to(stored), how)
        with pytest.raises(InputError, match=r"damaged|is missing"):
            store.open_results(copy, verify=True)
        if "homicides/c/" not in file.as_posix() or how == "removed":
            with pytest.raises(InputError, match=r"damaged|is missing"):
                store.open_results(copy)
