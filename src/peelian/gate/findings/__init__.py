"""Findings at the door: running a method, keeping what it found, listing it, making it again."""
