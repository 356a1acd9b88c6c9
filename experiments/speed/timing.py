"""Medians of interleaved runs, and where they were taken."""

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import jax
import numpy as np
import pandas as pd
from numpy.typing import NDArray

PACKAGES = ("jax", "jaxlib", "numpy", "scipy", "numba")


def seconds(run: Callable[[], object]) -> float:
    """Wall time of one run, until what JAX computes is there."""
    start = time.perf_counter()
    jax.block_until_ready(run())
    return time.perf_counter() - start


def interleaved(runs: Sequence[Callable[[], float]], repetitions: int) -> NDArray:
    """Seconds that each run returns, taken in turn so that all meet the same machine: [run, repetition]."""
    return np.array([[run() for run in runs] for _ in range(repetitions)]).T


def compared(
    candidates: Mapping[str, Callable[[], object]], repetitions: int, units: float, ours: str
) -> list[dict[str, object]]:
    """A row per candidate: median and spread in nanoseconds per unit, and the ratio of its median to that of `ours`.

    **Arguments:** `units` replicate-place-steps of one run. The first run of each, with its compilation, is reported
    apart (`first_s`, seconds).
    """
    first = {name: seconds(run) for name, run in candidates.items()}
    times = interleaved([lambda run=run: seconds(run) for run in candidates.values()], repetitions)
    mine = np.median(times[list(candidates).index(ours)])
    return [
        dict(
            candidate=name,
            ns=np.median(taken) / units * 1e9,
            ns_low=taken.min() / units * 1e9,
            ns_high=taken.max() / units * 1e9,
            times_ours=np.median(taken) / mine,
            first_s=first[name],
        )
        for name, taken in zip(candidates, times, strict=True)
    ]


def processor() -> str:
    """Name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> str:
    """One line: date, processor, cores, device and versions."""
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"{package} absent")
    device = f"JAX on {jax.devices()[0].platform}"
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return "; ".join([now, processor(), f"{cores()} cores", device, f"Python {platform.python_version()}", *versions])


def save(table: pd.DataFrame, name: str, folder: Path, note: str) -> None:
    """Prints a table and writes it as CSV under two lines of comment: what it holds, and the machine."""
    with pd.option_context("display.width", 200, "display.max_columns", None, "display.max_colwidth", 90):
        print(f"\n{name}: {note}", table.to_string(index=False, float_format="{:.4g}".format), sep="\n", flush=True)
    with (folder / f"{name}.csv").open("w", encoding="utf-8") as file:
        file.write(f"# {note}\n# {machine()}\n")
        table.to_csv(file, index=False, float_format="%.5g")
