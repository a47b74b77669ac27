"""Linking records of people, and measuring the links."""
