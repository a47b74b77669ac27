"""Benchmarks: speed, each figure a ratio taken in one run."""
