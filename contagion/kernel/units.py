"""Units of time."""

WEEKS_OF_YEAR = 52.1775
LEAST_WHOLE = 1e-15  # in place of zero below a fraction: its square, in derivatives, does not underflow in float32
