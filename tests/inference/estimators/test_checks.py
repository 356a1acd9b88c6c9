"""What an estimator refuses."""

import numpy as np
import pytest

from contagion.errors import InputError
from contagion.inference.estimators import checks


def test_missing_library_says_what_to_install():
    with pytest.raises(InputError, match=r"no_such_library is not installed: pip install 'contagion\[estimators\]'"):
        checks.optional("no_such_library")


def test_empty_counts():
    with pytest.raises(InputError, match=r"must be \[month, place\]"):
        checks.counts(np.zeros((0, 3)), "month", "place")
