"""Intervals, tests and tail probabilities, from sufficient statistics (level 5)."""
