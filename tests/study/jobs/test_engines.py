"""Engines: workers that are killed midway, libraries that are absent, and the same numbers from all."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import xarray as xr
from rich.console import Console
from test_worker import LATTICE, begun

from contagion.errors import InputError
from contagion.study.jobs import claims, engines, gather, manifest
from contagion.study.own_options import Own
from contagion.study.settings import Engine

SMALL = [*LATTICE, "strategies=baseline", "ensemble.batch=8", "weeks=4", "ensemble.replicates=48"]


def engine(kind, workers=2, **numbers):
    return Engine(kind=kind, workers=workers, lease=60, **numbers)


def started(folder, chosen, job):
    engines.start(chosen, folder, [job], (), Own(), Console(quiet=True))
    return gather.results_of(folder, job).compute()


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    _, job = begun(folder, run=SMALL)
    return started(folder, engine("local", 1), job)


def kill_one(folder, killed):
    """Kill the worker that has claimed a unit first, while it works on it."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and not killed:
        for words in claims.holders(folder).values():
            process = int(words.split()[1])
            if process != os.getpid():
                os.kill(process, signal.SIGKILL)
                killed.append(process)
                return
        time.sleep(0.005)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("kind", "library", "more"), [
    ("local", "os", {}),
    ("dask", "distributed", {}),
    ("slurm", "submitit", {"cluster": "local"}),
    ("ray", "ray", {}),
])  # fmt: skip
def test_a_killed_worker_leaves_its_work_to_the_others(tmp_path, alone, kind, library, more):
    """And what comes out is what one process gives, to the bit."""
    pytest.importorskip(library)
    _, job = begun(tmp_path, run=SMALL)
    killed = []
    killer = threading.Thread(target=kill_one, args=(tmp_path, killed))
    killer.start()
    found = started(tmp_path, engine(kind, **more), job)
    killer.join()
    assert killed
    xr.testing.assert_identical(found, alone)


def test_a_library_that_is_absent(tmp_path, monkeypatch):
    _, job = begun(tmp_path, run=SMALL)
    for kind, library in (("dask", "distributed"), ("slurm", "submitit"), ("ray", "ray")):
        monkeypatch.setitem(sys.modules, library, None)
        with pytest.raises(InputError, match=rf"engine={kind}: .*pip install 'contagion\[{kind}\]'"):
            started(tmp_path, engine(kind), job)


def test_what_a_worker_cannot_do_is_told(tmp_path):
    """In its sentence, by the process that started it."""
    _, job = begun(tmp_path, run=SMALL)
    record = tmp_path / "run.json"
    record.write_text(record.read_text().replace('"groups": 6', '"groups": -6'))
    with pytest.raises(InputError, match=r"region\.groups"):
        started(tmp_path, engine("local"), job)


def test_workers_that_all_end_are_told(tmp_path, monkeypatch):
    """With where to look; nothing waits for them."""
    _, job = begun(tmp_path, run=SMALL)
    monkeypatch.setattr(sys, "executable", "false")
    with pytest.raises(InputError, match=r"no worker is left, and not all is done; .*workers says why"):
        started(tmp_path, engine("local"), job)


def test_how_many_workers(tmp_path, monkeypatch):
    _, job = begun(tmp_path, run=SMALL)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert engines.workers_of(engine("local", None), [job]) == 1
    assert engines.workers_of(engine("local", None), [job, job]) == 4
    assert engines.workers_of(engine("local", 100), [job]) == len(job.chunks) == 6
    monkeypatch.setenv("JAX_PLATFORMS", "")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,3")
    assert engines.workers_of(engine("local", None), [job, job]) == 2


def test_processes_that_know_of_each_other(tmp_path, alone):
    """Two hosts of jax.distributed with two devices each work on one folder."""
    _, job = begun(tmp_path, run=SMALL)
    (tmp_path / manifest.PARTS).mkdir(exist_ok=True)
    words = (
        "import sys, jax; jax.distributed.initialize(sys.argv[2], 2, int(sys.argv[3]));"
        "from contagion.study.jobs.worker import run; assert jax.device_count() == 4; run(sys.argv[1])"
    )
    flags = os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    address = f"localhost:{20_000 + os.getpid() % 20_000}"
    hosts = [
        subprocess.Popen([sys.executable, "-c", words, str(tmp_path), address, str(number)], env=flags)
        for number in range(2)
    ]
    assert [host.wait(300) for host in hosts] == [0, 0]
    found = gather.results_of(tmp_path, job).compute()
    xr.testing.assert_allclose(found, alone, rtol=1e-5)
