"""Replicates in batches: the numbers of one run, stopping, going on after an interruption, and misuse."""

import numpy as np
import pytest
import xarray as xr

import contagion
from contagion.study import batches
from contagion.study.output_folder import BATCHES

pytestmark = pytest.mark.usefixtures("hastily_compiled")

REPLICATES, BATCH, WEEKS = 24, 8, 9


@pytest.fixture(scope="module")
def simulate():
    atlas = contagion.load_region("lattice", rows=3, columns=3)
    strategies = {"baseline": (), "kingpin": (contagion.load_intervention("kingpin", start=1, every=2),)}
    priors = {"retaliation": {"uniform": [0.1, 0.3]}}

    def run(first, replicates):
        return contagion.simulate(
            atlas,
            strategies,
            weeks=WEEKS,
            replicates=replicates,
            first=first,
            priors=priors,
            full=True,
            chunk_size=BATCH,
        )

    return run


@pytest.fixture(scope="module")
def whole(simulate):
    return simulate(0, REPLICATES)


@pytest.fixture(scope="module")
def in_parts(simulate, tmp_path_factory):
    return batches.in_batches(simulate, REPLICATES, BATCH, None, tmp_path_factory.mktemp("parts"), lambda *_: None)


def test_batches_are_the_replicates_of_one_run(whole, in_parts):
    for name in ("homicides_total", "homicides_run_total", "homicides_full", "drawn", "members_of_group"):
        np.testing.assert_array_equal(in_parts[name], whole[name], err_msg=name)
    np.testing.assert_array_equal(in_parts["replicate"], whole["replicate"])


def test_statistics_are_those_of_all_replicates(whole, in_parts):
    for name in ("homicides", "members", "trust"):
        for statistic in ("mean", "sd"):
            found, expected = (run[name].sel(statistic=statistic) for run in (in_parts, whole))
            np.testing.assert_allclose(found, expected, rtol=2e-4, atol=1e-4 * float(expected.max()), err_msg=name)
        assert in_parts[name].attrs == whole[name].attrs
    np.testing.assert_allclose(in_parts["presence"], whole["presence"], atol=1e-6)


def test_quantiles_are_means_of_those_of_batches(simulate, in_parts):
    parts = [simulate(first, BATCH)["homicides"].sel(statistic="q95") for first in range(0, REPLICATES, BATCH)]
    np.testing.assert_allclose(in_parts["homicides"].sel(statistic="q95"), sum(parts) / len(parts), rtol=1e-5)


def test_an_interrupted_run_goes_on_to_the_same_numbers(simulate, in_parts, tmp_path):
    """Killed while the second batch is computed; batches that are done are not computed again."""
    started = []

    def killed(first, replicates):
        started.append(first)
        if first == BATCH:
            raise KeyboardInterrupt
        return simulate(first, replicates)

    with pytest.raises(KeyboardInterrupt):
        batches.in_batches(killed, REPLICATES, BATCH, None, tmp_path, lambda *_: None)
    assert [path.name for path in (tmp_path / BATCHES).iterdir()] == ["0000.zarr"]

    def counted(first, replicates):
        started.append(first)
        return simulate(first, replicates)

    found = batches.in_batches(counted, REPLICATES, BATCH, None, tmp_path, lambda *_: None)
    assert started == [0, BATCH, BATCH, 2 * BATCH]
    xr.testing.assert_identical(found.drop_attrs(), in_parts.drop_attrs())


def test_batches_end_when_the_ranking_is_sure(simulate, tmp_path):
    seen = []
    found = batches.in_batches(simulate, REPLICATES, BATCH, 0.5, tmp_path, lambda run, table: seen.append(len(table)))
    assert found.replicate.size == BATCH
    assert seen == [2]


def test_the_last_batch_may_be_smaller(simulate, tmp_path):
    assert batches.in_batches(simulate, BATCH + 2, BATCH, None, tmp_path, lambda *_: None).replicate.size == BATCH + 2


def test_a_damaged_batch_is_named(simulate, tmp_path):
    batches.in_batches(simulate, BATCH, BATCH, None, tmp_path, lambda *_: None)
    files = (path for path in (tmp_path / BATCHES / "0000.zarr" / "homicides" / "c").rglob("*") if path.is_file())
    chunk = max(files, key=lambda path: path.stat().st_size)
    chunk.write_bytes(chunk.read_bytes()[:-3] + b"bad")
    with pytest.raises(contagion.InputError, match=r"0000\.zarr: damaged: .* not as it was written; delete 0000\.zarr"):
        batches.in_batches(simulate, BATCH, BATCH, None, tmp_path, lambda *_: None)


def test_replicates_count_from_zero(simulate):
    with pytest.raises(contagion.InputError, match="first=-1: replicates count from 0"):
        simulate(-1, BATCH)
