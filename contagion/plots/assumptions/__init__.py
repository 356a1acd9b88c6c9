"""Figures of what a comparison of strategies turns on."""
