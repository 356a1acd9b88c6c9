"""Engines: they start workers and wait for them; what there is to do, workers take from the folder themselves."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contagion.errors import InputError, install
from contagion.study.jobs import manifest, worker
from contagion.study.jobs.manifest import Job
from contagion.study.own_options import Own
from contagion.study.settings import Engine

LOGS = "workers"
PREALLOCATE = "XLA_PYTHON_CLIENT_PREALLOCATE"  # of three quarters of the memory of a GPU, when it is first used
POLL = 0.2  # seconds between looks at what is done
PATIENCE = 10.0  # seconds in which workers end by themselves once all is done


def workers_of(engine: Engine, jobs: Sequence[Job]) -> int:
    """How many workers there are, at most one for each chunk.

    As many as asked for; or one for a run, which uses all devices, and for a sweep one per GPU or core.
    """
    usual = 1 if len(jobs) == 1 else len(_gpus()) or os.cpu_count() or 1
    return min(engine.workers or usual, sum(len(job.chunks) for job in jobs))


def start(engine: Engine, folder: Path, jobs: Sequence[Job], words: Sequence[str], own: Own, console: Console) -> None:
    """Start the workers of an engine, and wait until all work of a folder is done or has failed.

    Parameters
    ----------
    engine
        Which, and how many workers.
    folder
        Of a run whose manifest is written.
    jobs
        Of the run.
    words
        Arguments of the command that name classes of the user's own.
    own
        These classes.
    console
        Where to say how far it is.

    Raises
    ------
    InputError
        Where a library is missing, the only job makes no run, or no worker is left and work is.
    """
    (folder / manifest.PARTS).mkdir(exist_ok=True)
    manifest.try_again(folder, jobs)
    count = workers_of(engine, jobs)
    if engine.kind == "local" and count == 1:

        def say(sentence: str) -> None:
            console.print(sentence, markup=False)

        shown = bool(jobs[0].config["runtime"]["progress"])
        worker.work(folder, own, engine.lease, len(jobs) == 1, shown, say)
        return
    (folder / LOGS).mkdir(exist_ok=True)
    done: set[str] = set()
    with ExitStack() as stack:
        running = stack.enter_context(ENGINES[engine.kind](engine, folder, count, words))
        advance = stack.enter_context(_bar(folder, jobs, count, done, console))
        while manifest.open_units(jobs, folder, done):
            advance()
            alive = running()
            if not alive and manifest.open_units(jobs, folder, done):
                raise InputError(
                    f"{folder}: no worker is left, and not all is done; {folder / LOGS} says why; the same command "
                    "goes on"
                )
            time.sleep(POLL)
        advance()
        ended = time.monotonic() + PATIENCE
        while running() and time.monotonic() < ended:
            time.sleep(POLL)
    if len(jobs) == 1 and (reason := manifest.failure(folder, jobs[0])):
        raise InputError(reason)


@contextmanager
def _bar(
    folder: Path, jobs: Sequence[Job], count: int, done: Collection[str], console: Console
) -> Iterator[Callable[[], None]]:
    """A progress bar over units; yields the function that shows how many are done."""
    console.print(f"{count} workers; what they say is in {folder / LOGS}", markup=False, style="dim")
    columns = TextColumn("chunks done"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def advance() -> None:
            units = list(manifest.units(jobs, folder))
            bar.update(task, total=len(units), completed=len(done))

        yield advance


Running = Callable[[], int]  # how many workers are at work


@contextmanager
def local(engine: Engine, folder: Path, count: int, words: Sequence[str]) -> Iterator[Running]:
    """Processes of this machine; where there are several GPUs, one process for each."""
    gpus = _gpus()
    processes: list[subprocess.Popen[bytes]] = []
    with ExitStack() as stack:
        for number in range(count):
            log = stack.enter_context((folder / LOGS / f"{number}.log").open("ab"))
            visible = {"CUDA_VISIBLE_DEVICES": gpus[number % len(gpus)]} if gpus else {}
            command = [sys.executable, "-m", worker.__name__, str(folder), *words]
            given = {name: value for name, value in os.environ.items() if name != PREALLOCATE} | visible
            processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=given))
        try:
            yield lambda: sum(process.poll() is None for process in processes)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()


def spare_gpus() -> None:
    """Leave the memory of GPUs to workers, where there are several: this process computes next to nothing."""
    if len(_gpus()) > 1:
        os.environ[PREALLOCATE] = "false"


def _gpus() -> list[str]:
    """Names of the GPUs that processes may use."""
    if os.environ.get("JAX_PLATFORMS", "").startswith("cpu"):
        return []
    if (visible := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return [each for each in visible.split(",") if each]
    folder = Path("/proc/driver/nvidia/gpus")
    return [str(number) for number in range(len(list(folder.iterdir())))] if folder.is_dir() else []


@contextmanager
def dask(engine: Engine, folder: Path, count: int, words: Sequence[str]) -> Iterator[Running]:
    """Tasks of a Dask cluster: that of `scheduler`, or one of this machine that grows to as many workers as wanted."""
    distributed = _library("distributed", "dask")
    with ExitStack() as stack:
        if engine.scheduler is None:
            cluster = stack.enter_context(
                distributed.LocalCluster(n_workers=0, threads_per_worker=1, processes=True, dashboard_address=None)
            )
            cluster.adapt(minimum=1, maximum=count)
            client = stack.enter_context(distributed.Client(cluster))
        else:
            client = stack.enter_context(distributed.Client(engine.scheduler))
        # A task whose worker is gone is given to another one.
        given = _given(folder, words)
        tasks = [client.submit(worker.run, *given, pure=False) for _ in range(count)]
        yield lambda: sum(not task.done() for task in tasks)


@contextmanager
def slurm(engine: Engine, folder: Path, count: int, words: Sequence[str]) -> Iterator[Running]:
    """Jobs of SLURM, by submitit."""
    submitit = _library("submitit", "slurm")
    executor = submitit.AutoExecutor(folder=folder.absolute() / LOGS, cluster=engine.cluster)
    executor.update_parameters(name="contagion", timeout_min=engine.minutes, **engine.parameters)
    jobs = executor.map_array(worker.run, *([each] * count for each in _given(folder, words)))
    try:
        yield lambda: sum(not job.done() for job in jobs)
    finally:
        for job in jobs:
            if not job.done():
                job.cancel()
        for handed_over in (folder / LOGS).glob("*.pkl"):
            handed_over.unlink()


@contextmanager
def ray(engine: Engine, folder: Path, count: int, words: Sequence[str]) -> Iterator[Running]:
    """Tasks of a Ray cluster: that of `scheduler`, or one of this machine."""
    library = _library("ray", "ray")
    library.init(address=engine.scheduler, log_to_driver=False, include_dashboard=False)
    task = library.remote(num_cpus=1, num_gpus=engine.gpus, max_retries=-1)(worker.run)
    try:
        waiting = [task.remote(*_given(folder, words)) for _ in range(count)]
        yield lambda: len(library.wait(waiting, num_returns=count, timeout=0)[1])
    finally:
        library.shutdown()


def _given(folder: Path, words: Sequence[str]) -> tuple[str, list[str], str]:
    """Arguments of a worker in a process that somebody else starts."""
    return str(folder.absolute()), list(words), str(Path.cwd())


def _library(name: str, extra: str) -> Any:
    """A library that an engine needs."""
    try:
        return __import__(name)
    except ImportError:
        raise InputError(f"engine={extra}: the library {name} is not installed; {install(extra)}") from None


ENGINES: Mapping[str, Callable[..., Any]] = {"local": local, "dask": dask, "slurm": slurm, "ray": ray}
