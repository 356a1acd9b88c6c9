"""The output folder: what it is called, what it says of its run, and the commands that read it."""
