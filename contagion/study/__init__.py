"""The command: settings, runs in batches, the output folder."""
