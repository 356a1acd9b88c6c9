"""Sums, random numbers and sampling, on which the processes rest."""
