"""What lies in the output folder is whole or absent, and a damaged store is noticed."""

import errno
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from contagion._util.atomic import committed
from contagion.errors import InputError
from contagion.simulation import store
from contagion.study.output_folder import check_fresh


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


@pytest.mark.parametrize("name", ["maps", "comparison.csv", "robustness.csv", "sensitivity.csv", "scenarios.csv"])
def test_used_folder_is_refused(name, tmp_path):
    check_fresh(tmp_path / "new")
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=f"{name} already exists and is never overwritten"):
        check_fresh(tmp_path)


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
    check_fresh(Path(tmp_path / "run"))
    assert not (tmp_path / "run" / "results.zarr").exists()


def test_results_are_opened_by_their_folder(dataset, tmp_path):
    stored = store.save(dataset, tmp_path)
    for given in (tmp_path, str(tmp_path), stored):
        xr.testing.assert_identical(store.open_results(given).load(), dataset)
    with pytest.raises(InputError, match=r"no such store; give the folder of a run"):
        store.open_results(tmp_path / "elsewhere")
    (tmp_path / "broken.zarr").mkdir()
    with pytest.raises(InputError, match="cannot be read as results"):
        store.open_results(tmp_path / "broken.zarr")
