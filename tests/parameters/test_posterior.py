"""Posterior files: rows stay together, replicates keep their row, every fault is told."""

import os

import numpy as np
import pytest

from contagion.errors import InputError
from contagion.parameters.posterior import read_posterior
from contagion.parameters.presets import load_params


@pytest.fixture
def joint(tmp_path):
    """Seven draws in which spillover is a third of retaliation."""
    path = tmp_path / "joint.csv"
    values = np.linspace(0.1, 0.5, 7)
    rows = "".join(f"{value:.6f}, {value / 3:.6f}\n" for value in values)
    path.write_text(f"# fitted to nothing\nretaliation, spillover\n{rows}# end\n")
    return path


def test_rows_stay_together_and_are_all_used(joint):
    params = load_params(replicates=20, seed=4, posterior=str(joint))
    np.testing.assert_allclose(params.spillover, params.retaliation / 3, rtol=1e-4)
    values = np.asarray(params.retaliation)
    assert len(set(values[:7].tolist())) == 7
    assert (values[7:14] == values[:7]).all()
    assert params.impunity.shape == ()


def test_replicates_keep_their_row(joint):
    few, many, other = (
        load_params(replicates=number, seed=seed, posterior=str(joint)).retaliation
        for number, seed in ((5, 1), (50, 1), (50, 2))
    )
    assert (many[:5] == few).all()
    assert (many != other).any()


def test_says_what_it_is(joint):
    assert str(read_posterior(str(joint), load_params())).startswith(f"{joint} (7 rows, sha256 ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("retaliatoin\n0.1\n", "column 'retaliatoin' is not a parameter; the nearest is retaliation"),
        ("retaliation,retaliation\n0.1,0.2\n", "column 'retaliation.1' is not a parameter"),
        ("retaliation\n0.1\nnan\n", "retaliation in row 2 is not a finite number: nan; must be a number from 0 to 1"),
        ("retaliation\ninf\n", "retaliation in row 1 is not a finite number: inf"),
        ("retaliation\nmuch\n", "retaliation in row 1 is not a finite number: much"),
        ("retaliation,spillover\n0.1\n", "spillover in row 1 is not a finite number"),
        ("retaliation\n0.1\n0.2\n1.5\n", r"retaliation in row 3 is out of bounds: 1.5; .* \(homicides per homicide\)"),
        ("", "not a readable CSV file"),
        ("# only a comment\n", "not a readable CSV file"),
        ("retaliation\n", "needs a header of parameter names and at least one row"),
        ("retaliation\n0.1,0.2\n", "needs a header of parameter names and at least one row"),
        ("retaliation\n0.1\n0.2,0.3\n", "not a readable CSV file"),
        ("retaliation,spillover\n0.3,0.1\n0.8,0.3\n", "row 2: .* = 1.1: the branching ratio must be below 1"),
        ("capture_shock\n0.1\n0.2\n1.9\n", "row 3: params.killing_shock - params.capture_shock = -0.3"),
    ],
)
def test_faults_are_told(tmp_path, text, message):
    path = tmp_path / "draws.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        load_params(replicates=4, posterior=str(path))


def test_what_is_no_file_is_told(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "binary.csv").write_bytes(bytes(range(255, -1, -1)))
    for given, message in (
        (tmp_path / "absent.csv", "no such file"),
        (tmp_path, "not a regular file"),
        (tmp_path / "pipe.csv", "not a regular file"),
        (tmp_path / "binary.csv", "not a readable CSV file"),
    ):
        with pytest.raises(InputError, match=message):
            load_params(replicates=4, posterior=given)
