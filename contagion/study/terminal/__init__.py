"""What the command says: its summary, its log, its help, and what would be right where it was given something else."""
