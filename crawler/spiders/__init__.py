"""The spiders: they decide which addresses are fetched, and nothing else."""
