"""What BENCHMARKS.md reports; `make bench` runs all of it."""
