"""Exogenous drivers, one file each: a final class like that of an intervention."""
