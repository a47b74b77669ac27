"""Stands in for a method: the gate hashes its code and the tests run it in-process."""
