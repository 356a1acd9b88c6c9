"""Chunks of replicates: the numbers of one run, stopping, going on after an interruption, and damage."""

import json

import numpy as np
import pytest
import xarray as xr
from conftest import settings
from rich.console import Console

import contagion
from contagion.errors import InputError
from contagion.simulation.simulate import simulate
from contagion.study.folders import run_record
from contagion.study.jobs import gather, manifest, worker
from contagion.study.own_options import Own
from contagion.study.plan import plan
from contagion.study.run import job_of

REPLICATES, CHUNK = 24, 8
LATTICE = ["region=lattice", "region.rows=3", "region.columns=3", f"ensemble.chunk_size={CHUNK}"]
RUN = [
    *LATTICE, "weeks=9", f"ensemble.replicates={REPLICATES}", "intervention=[kingpin]", "intervention.kingpin.start=1",
    "intervention.kingpin.every=2", "ensemble.priors=on", "output=full",
]  # fmt: skip


def begun(folder, *overrides, run=RUN):
    """A folder whose manifest has one job."""
    chosen = settings(*run, *overrides)
    config = json.loads(chosen.model_dump_json())
    planned = plan(chosen, (), Own(), Console(quiet=True))
    job = job_of(planned, chosen, 0, config, ())
    run_record.claim(folder, {}, {}, [], manifest.written([job]))
    (folder / manifest.PARTS).mkdir()
    return planned, job


def worked(folder):
    """What workers say until all is done."""
    said = []
    worker.work(folder, Own(), strict=True, say=said.append)
    return said


@pytest.fixture(scope="module")
def in_chunks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    planned, job = begun(folder, f"ensemble.batch={CHUNK}")
    return folder, planned, job, worked(folder)


@pytest.fixture(scope="module")
def gathered(in_chunks):
    folder, _, job, _ = in_chunks
    return gather.results_of(folder, job).compute()


def test_chunks_are_one_run_to_the_bit(in_chunks, gathered):
    """Quantiles over all replicates too."""
    _, planned, *_ = in_chunks
    whole = simulate(planned.atlas, **worker.arguments_of(planned, 0, REPLICATES), **planned.options, full=True)
    xr.testing.assert_identical(gathered.assign_attrs(parameters=whole.attrs["parameters"]), whole)
    assert gathered["homicides_full"].dims == ("strategy", "replicate", "time", "place")


def test_what_workers_say(in_chunks):
    *_, said = in_chunks
    assert [words.split()[0] for words in said] == ["8", "16", "24"]
    assert "the largest standard error of a mean rank is" in said[0]


def test_a_run_without_room_is_told_after_its_first_chunk(tmp_path, monkeypatch):
    """What is done is kept, and counts when there is room."""
    begun(tmp_path, f"ensemble.batch={CHUNK}")
    monkeypatch.setattr(worker, "_size", lambda *_: 1 << 60)
    with pytest.raises(InputError, match="MB free, but the results may need"):
        worked(tmp_path)
    monkeypatch.undo()
    assert [words.split()[0] for words in worked(tmp_path)] == ["16", "24"]


def test_an_interrupted_run_goes_on_to_the_same_numbers(gathered, tmp_path, monkeypatch):
    """Interrupted while the second chunk is computed; what is done is not computed again."""
    _, job = begun(tmp_path, f"ensemble.batch={CHUNK}")
    stored, store = [], worker._store

    def goes_on(run, name, *arguments):
        stored.append((run.first, name))
        return store(run, name, *arguments)

    def interrupted(run, name, *arguments):
        if run.first == CHUNK and name == "kingpin":
            raise KeyboardInterrupt
        return goes_on(run, name, *arguments)

    monkeypatch.setattr(worker, "_store", interrupted)
    with pytest.raises(KeyboardInterrupt):
        worked(tmp_path)
    assert stored == [(0, "baseline"), (0, "kingpin"), (CHUNK, "baseline")]
    assert not list((tmp_path / "claims").iterdir())
    monkeypatch.setattr(worker, "_store", goes_on)
    worked(tmp_path)
    assert stored[3:] == [(CHUNK, "kingpin"), (2 * CHUNK, "baseline"), (2 * CHUNK, "kingpin")]
    xr.testing.assert_identical(gather.results_of(tmp_path, job).compute(), gathered)


def test_chunks_end_when_the_ranking_is_sure(tmp_path):
    """At the first number of chunks that is sure enough, though others behind it are done."""
    _, job = begun(tmp_path, f"ensemble.batch={CHUNK}", "ensemble.tolerance=0.5")
    assert len(worked(tmp_path)) == 1
    assert manifest.needed(tmp_path, job) == 1
    assert gather.results_of(tmp_path, job).replicate.size == CHUNK
    assert not manifest.open_units([job], tmp_path)


def test_doses_are_found_once(tmp_path, monkeypatch):
    """By one worker, before any chunk, and kept."""
    _, job = begun(tmp_path, "ensemble.batch=16", "budget=10", "output=summary", "ensemble.priors=off", "weeks=4")
    assert [unit.name for unit in manifest.open_units([job], tmp_path)] == ["0000-doses"]
    worked(tmp_path)
    assert worker.spending(job, tmp_path).startswith("Budgets are equal: every strategy spends 10 million dollars")
    monkeypatch.setattr(worker.budget, "equalised", None)
    (tmp_path / "parts" / "0000-0001-01").rename(tmp_path / "elsewhere")
    worked(tmp_path)


def test_the_last_chunk_may_be_smaller(tmp_path):
    _, job = begun(tmp_path, "ensemble.batch=16", "output=summary", "ensemble.priors=off")
    assert job.chunks == ((0, 16), (16, 8))
    worked(tmp_path)
    assert gather.results_of(tmp_path, job).replicate.values.tolist() == list(range(REPLICATES))


def test_full_output_that_is_large_is_split(tmp_path, monkeypatch):
    """Into parts of about the same size, of whole vectors of replicates."""
    monkeypatch.setattr("contagion.study.run.AT_ONCE", 1000)
    monkeypatch.setattr("contagion.study.run.PART", 30_000)
    _, job = begun(tmp_path)
    assert job.chunks == ((0, 8), (8, 8), (16, 8))


def test_series_are_stored_block_by_block(tmp_path, monkeypatch, gathered):
    monkeypatch.setattr(worker, "BLOCK", 4 * CHUNK * 9)
    _, job = begun(tmp_path, f"ensemble.batch={CHUNK}")
    worked(tmp_path)
    assert len(list((tmp_path / "parts" / "0000-0000-00").iterdir())) == gathered.sizes["time"] == 2
    xr.testing.assert_identical(gather.results_of(tmp_path, job).compute(), gathered)


def test_a_damaged_part_is_named(tmp_path):
    _, job = begun(tmp_path, f"ensemble.batch={CHUNK}", "ensemble.priors=off", "output=summary", "weeks=4")
    worked(tmp_path)
    part = tmp_path / "parts" / "0000-0001-00"
    chunk = max((path for path in part.rglob("c/**/*") if path.is_file()), key=lambda path: path.stat().st_size)
    whole = chunk.read_bytes()
    for bad, said in ((whole[:-3] + b"bad", "not as it was written"), (None, "is missing")):
        chunk.write_bytes(bad) if bad else chunk.unlink()
        with pytest.raises(InputError, match=rf"{said}; delete .*0000-0001-00, and it is computed anew"):
            gather.results_of(tmp_path, job)


def test_replicates_count_from_zero():
    with pytest.raises(InputError, match="first=-1: replicates count from 0"):
        simulate(contagion.load_region("lattice", rows=2, columns=2), weeks=3, replicates=2, first=-1)


def test_a_strategy_that_is_not_there_is_computed_anew(tmp_path, gathered):
    """Its folder was deleted, as an error says; the levels that others rest on are found again."""
    _, job = begun(tmp_path, f"ensemble.batch={REPLICATES}")
    worked(tmp_path)
    found = gather.results_of(tmp_path, job).compute()
    (tmp_path / "parts" / "0000-0000-01").rename(tmp_path / "elsewhere")
    worked(tmp_path)
    xr.testing.assert_identical(gather.results_of(tmp_path, job).compute(), found)
    np.testing.assert_array_equal(found["homicides_total"], gathered["homicides_total"])
