"""Units of time."""

WEEKS_OF_YEAR = 52.1775
