"""Sums over the groups in a place."""

from jaxtyping import Array, Float


def over_groups(values: Float[Array, "place group replicate"]) -> Float[Array, "place replicate"]:
    """sum_g values_mg, written out: XLA fuses it into one pass, while a reduction costs 8 to 20 times more on CPU."""
    total = values[:, 0]
    for group in range(1, values.shape[1]):
        total = total + values[:, group]
    return total
