"""Simulate how violence between criminal groups spreads, and what interventions do to it."""
