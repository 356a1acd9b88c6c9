"""Exogenous drivers: one file per driver, each a final class like an intervention's."""
