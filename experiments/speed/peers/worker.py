"""One simulator on one core: prepares its work, then times it once for every line it is sent.

    python worker.py NAME DATA

NAME is a module beside this file with a function `prepare(data) -> Work`; DATA a file of arrays written by `compare`.
Prints a line of JSON about the work, and one number, seconds, for each line of input.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import NamedTuple


class Work(NamedTuple):
    """What a simulator does in one timed run."""

    fresh: Callable[[], Callable[[], object]]  # builds a run, untimed, that is called once
    units: int
    unit: str
    description: str
    version: str


def main() -> None:
    """Confines itself to one core before anything counts them."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    answers, sys.stdout = sys.stdout, sys.stderr  # simulators print what they like
    import numpy as np

    work: Work = importlib.import_module(sys.argv[1]).prepare(np.load(sys.argv[2]))
    work.fresh()()  # compiles
    print(json.dumps(dict(work._asdict(), fresh=None)), file=answers, flush=True)
    for _ in sys.stdin:
        run = work.fresh()
        start = time.perf_counter()
        run()
        print(time.perf_counter() - start, file=answers, flush=True)


if __name__ == "__main__":
    main()
