"""Public files: taken from a mirror or downloaded, and never used unverified."""

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from contagion.errors import InputError
from contagion.regions import sources

CONTENT = b"code,homicides\n01001,3\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format, *values):  # noqa: A002
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    """One public file on a server of this machine, with an empty cache and no mirror."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "counts.csv").write_bytes(CONTENT)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    entry = {
        "name": "counts.csv",
        "url": f"http://127.0.0.1:{server.server_port}/counts.csv",
        "sha256": DIGEST,
    }
    monkeypatch.setattr(sources, "catalogue", lambda: {"counts.csv": entry})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(sources.MIRROR, raising=False)
    yield folder, entry
    server.shutdown()
    server.server_close()
    thread.join()


def test_every_source_is_pinned_to_a_commit_and_a_hash():
    for entry in sources.catalogue().values():
        assert len(entry["sha256"]) == 64
        assert entry["url"].startswith("https://raw.githubusercontent.com/")
        assert entry["licence"]


def test_download_is_verified_and_kept(served):
    folder, _ = served
    path = sources.fetch("counts.csv")
    assert path.read_bytes() == CONTENT
    (folder / "counts.csv").unlink()
    assert sources.fetch("counts.csv") == path


def test_changed_download_names_both_hashes(served):
    folder, _ = served
    (folder / "counts.csv").write_bytes(b"other")
    with pytest.raises(InputError) as error:
        sources.fetch("counts.csv")
    assert DIGEST in str(error.value)
    assert hashlib.sha256(b"other").hexdigest() in str(error.value)


def test_absent_network_points_to_the_mirror(served):
    _, entry = served
    entry["url"] = "http://127.0.0.1:9/counts.csv"
    with pytest.raises(InputError, match=r"counts\.csv: cannot be downloaded .* region\.mirror=PATH"):
        sources.fetch("counts.csv")


@pytest.mark.parametrize("named_by", ["argument", "environment"])
def test_mirror_is_used_instead_of_the_network(served, monkeypatch, named_by):
    folder, entry = served
    entry["url"] = "http://127.0.0.1:9/counts.csv"
    if named_by == "environment":
        monkeypatch.setenv(sources.MIRROR, str(folder))
    path = sources.fetch("counts.csv", folder if named_by == "argument" else None)
    assert path == folder / "counts.csv"


def test_mirror_without_the_file(served, tmp_path):
    with pytest.raises(InputError, match=r"has no file counts\.csv"):
        sources.fetch("counts.csv", tmp_path)


def test_damaged_mirror_names_both_hashes(served):
    folder, _ = served
    (folder / "counts.csv").write_bytes(b"other")
    with pytest.raises(InputError, match=f"{hashlib.sha256(b'other').hexdigest()} found, {DIGEST} expected"):
        sources.fetch("counts.csv", folder)
