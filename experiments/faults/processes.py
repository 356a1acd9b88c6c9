"""Processes that are killed, that share a folder, and workers that are lost: what is left, and what comes out."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from contagion.study.folders.commands import compared
from contagion.study.jobs import claims

SMALL = (
    "region=lattice", "region.rows=4", "region.columns=4", "weeks=9", "ensemble.replicates=32", "ensemble.chunk_size=8",
    "intervention=[kingpin]", "intervention.kingpin.start=1",
)  # fmt: skip
KINDS: dict[str, tuple[str, ...]] = {
    "run": SMALL,
    "batches": (*SMALL, "ensemble.batch=8"),
    "sweep": ("-m", *SMALL, "ensemble.batch=16", "params.retaliation=0.1,0.2", "engine.workers=2"),
}
PATIENCE = 600  # seconds


def command(kind: str, folder: Path, *more: str) -> list[str]:
    """Words that run one kind in a folder."""
    where = "hydra.sweep.dir" if kind == "sweep" else "hydra.run.dir"
    return [sys.executable, "-m", "contagion", *KINDS[kind], *more, f"{where}={folder}"]


def started(words: Sequence[str]) -> subprocess.Popen:
    """A process in a group of its own, so that its workers can be killed with it."""
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)


def same(folder: Path, reference: Path) -> bool:
    """Whether two folders hold equal results, to the bit, and nothing that an interruption left."""
    tables = (folder / "comparison.csv").read_bytes() == (reference / "comparison.csv").read_bytes()
    left = [path.name for path in folder.iterdir() if path.name in ("parts", "claims") or path.suffix == ".partial"]
    return tables and not left and all(compared(folder, reference).values())


def references(folder: Path) -> dict[str, float]:
    """One run of each kind that nothing disturbs; returns how long each took."""
    took = {}
    for kind in KINDS:
        began = time.monotonic()
        subprocess.run(command(kind, folder / f"whole-{kind}"), check=True, capture_output=True)
        took[kind] = time.monotonic() - began
    return took


def kills(folder: Path, tries: int, seed: int) -> dict[str, object]:
    """Kill a run at a random moment, run the same command again until it is done, and compare."""
    generator = random.Random(seed)
    took = references(folder)
    right, wrong, during = 0, [], 0
    for number in range(tries):
        kind = list(KINDS)[number % len(KINDS)]
        target = folder / f"killed-{number}"
        process = started(command(kind, target))
        time.sleep(generator.uniform(0.25, 1.0) * took[kind])
        during += process.poll() is None
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        again = started(command(kind, target))
        said = again.communicate(timeout=PATIENCE)[0]
        finished = "holds a finished run" in said
        good = (again.returncode == 0 or finished) and same(target, folder / f"whole-{kind}")
        right += good
        if not good:
            wrong.append(f"{kind} {number}: {said[-300:]}")
        shutil.rmtree(target, ignore_errors=good)
    return dict(study=f"kills ({during} while it ran)", tries=tries, right=right, wrong=wrong)


def pairs(folder: Path, tries: int, seed: int) -> dict[str, object]:
    """Two processes with the same folder, and every other time with another seed: one runs, one is told at once."""
    generator = random.Random(seed)
    right, wrong = 0, []
    for number in range(tries):
        target = folder / f"pair-{number}"
        first = started(command("batches", target))
        time.sleep(generator.uniform(0, 3))
        began = time.monotonic()
        second = started(command("batches", target, *(["ensemble.seed=3"] if number % 2 else [])))
        ended = {}
        while len(ended) < 2:
            for name, process in (("first", first), ("second", second)):
                if name not in ended and process.poll() is not None:
                    ended[name] = time.monotonic() - began
            time.sleep(0.05)
        said = [process.communicate()[0] for process in (first, second)]
        codes = sorted(process.returncode for process in (first, second))
        loser = said[0] if first.returncode else said[1]
        winner = "first" if first.returncode == 0 else "second"
        reference = folder / "whole-batches" if winner == "first" or number % 2 == 0 else None
        good = codes == [0, 2] and "writing there" in loser and "Traceback" not in loser
        good = good and (reference is None or same(target, reference))
        right += good
        if not good:
            wrong.append(f"pair {number}: {codes} {loser[-300:]}")
    return dict(study="two processes, one folder", tries=tries, right=right, wrong=wrong)


def engines(folder: Path, jobs: int) -> list[dict[str, object]]:
    """A sweep by each engine with two workers, one of which is killed midway, beside one process."""
    values = ",".join(f"{0.1 + number / 1000:g}" for number in range(jobs))
    small = (*SMALL[:4], "ensemble.replicates=8", "strategies=baseline", f"params.retaliation={values}")
    alone = folder / "serial"
    words = [sys.executable, "-m", "contagion", "-m", *small]
    subprocess.run([*words, "engine.workers=1", f"hydra.sweep.dir={alone}"], check=True, capture_output=True)
    rows = []
    for engine in (["engine=local"], ["engine=dask"], ["engine=slurm", "engine.cluster=local"], ["engine=ray"]):
        target = folder / engine[0].partition("=")[2]
        process = started([*words, *engine, "engine.workers=2", f"hydra.sweep.dir={target}"])
        killed = _kill_a_worker(target, process)
        said = process.communicate(timeout=PATIENCE * 4)[0]
        good = process.returncode == 0 and killed and all(compared(target, alone).values())
        wrong = [] if good else [said[-300:]]
        study = f"{jobs} jobs, {engine[0]}, one of two workers killed"
        rows.append(dict(study=study, tries=1, right=int(good), wrong=wrong))
    return rows


def _kill_a_worker(folder: Path, process: subprocess.Popen) -> bool:
    """Kill a worker once some parts are done; whether one was found."""
    while process.poll() is None:
        if (folder / "parts").is_dir() and len(list((folder / "parts").glob("*-00"))) > 5:
            for words in claims.holders(folder).values():
                os.kill(int(words.split()[1]), signal.SIGKILL)
                return True
        time.sleep(0.02)
    return False
