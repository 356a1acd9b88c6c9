"""Claims: one worker each, expired where the worker is gone, and given back."""

import json
import os
import socket
import subprocess
import sys
import time

from contagion.study.jobs import claims


def test_one_worker_has_a_unit(tmp_path):
    claim = claims.take(tmp_path, "0000-0001")
    assert claim is not None
    assert claims.take(tmp_path, "0000-0001") is None
    assert claims.take(tmp_path, "0000-0002") is not None
    assert claims.holders(tmp_path)["0000-0001"] == f"process {os.getpid()} on {socket.gethostname()}"
    with claims.held(claim):
        pass
    assert claims.take(tmp_path, "0000-0001") == claim


def test_what_a_dead_process_had_is_free(tmp_path):
    """At once where it ran on this machine, after the lease where nobody can tell."""
    words = "import sys; from contagion.study.jobs import claims; from pathlib import Path; import os, signal"
    die = f"{words}; claims.take(Path(sys.argv[1]), 'unit'); os.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run([sys.executable, "-c", die, str(tmp_path)], check=False)
    assert (tmp_path / "claims" / "unit").exists()
    assert claims.holders(tmp_path) == {}
    assert claims.take(tmp_path, "unit") is not None

    path = tmp_path / "claims" / "far"
    path.write_text(json.dumps(dict(host="another", process=1)))
    assert claims.take(tmp_path, "far") is None
    os.utime(path, (time.time() - 100, time.time() - 100))
    assert claims.take(tmp_path, "far", lease=200) is None
    assert claims.take(tmp_path, "far", lease=50) == path
    assert claims.holders(tmp_path)["far"].startswith(f"process {os.getpid()} ")


def test_a_claim_is_touched_while_its_worker_lives(tmp_path):
    path = claims.take(tmp_path, "unit")
    assert path is not None
    os.utime(path, (0, 0))
    with claims.held(path, lease=0.3):
        time.sleep(0.2)
        assert time.time() - path.stat().st_mtime < 60


def test_a_claim_that_is_being_written_belongs_to_somebody(tmp_path):
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "unit").write_text("")
    assert claims.take(tmp_path, "unit") is None
    assert claims.holders(tmp_path) == {}


def test_only_one_of_many_takes_what_expired(tmp_path):
    (tmp_path / "claims").mkdir()
    path = tmp_path / "claims" / "unit"
    path.write_text(json.dumps(dict(host="another", process=1)))
    os.utime(path, (0, 0))
    assert [claims.take(tmp_path, "unit") is not None for _ in range(5)] == [True, False, False, False, False]
