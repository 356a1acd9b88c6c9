"""The command as a user calls it, in a process of its own or in that of the tests."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import absl.logging
import pytest

from contagion.study import cli
from contagion.study.terminal.log import Told


def contagion(*arguments, cwd, timeout=300, **environment):
    """The command in a process of its own."""
    words = [sys.executable, "-m", "contagion", *arguments]
    flags = os.environ | {"JAX_PLATFORMS": "cpu", "COLUMNS": "200"} | environment
    return subprocess.run(words, cwd=cwd, env=flags, capture_output=True, text=True, timeout=timeout)


def called(*arguments, cwd):
    """The command in this process, which has imported and compiled already what takes a new one seconds."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        # Hydra closes every log handler; that of absl, which optax imports, would close pytest's stream with it.
        patch.setattr(absl.logging.get_absl_handler().python_handler, "stream", sys.__stderr__)
        patch.chdir(cwd)
        patch.setenv("COLUMNS", "200")
        patch.setattr(sys, "argv", ["contagion", *arguments])
        patch.setattr(cli, "console", Told(stderr=True, highlight=False, width=200))
        try:
            cli.main()
        except SystemExit as stop:
            status = stop.code
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


def refused(*arguments, cwd):
    """What is said to arguments that are a mistake."""
    run = called(*arguments, cwd=cwd)
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    assert "Error executing job" not in run.stderr
    return run.stderr.replace("\n", " ")
