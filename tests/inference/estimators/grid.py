"""A square of places, for planted data."""

import numpy as np
import scipy.sparse as sparse


def square(side: int) -> sparse.csr_array:
    """Rook contiguity of side x side places."""
    line = sparse.diags_array([np.ones(side - 1)] * 2, offsets=[-1, 1])
    return sparse.csr_array(sparse.kronsum(line, line))
