"""What a run or a sweep consists of: jobs in chunks of replicates, which workers claim, compute and store."""
