"""Decisions that are decisions: a person's own view first, then the tool's, then a choice with a reason.

Everything here is pure: papers and findings come in as plain data, plans, checks, measures and products go out.
"""
