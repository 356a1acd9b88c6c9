"""The search for a plan, from settings to a folder: task=optimise."""
