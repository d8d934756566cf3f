"""What was observed, kept: one interface, and the store behind it that needs nothing else."""
