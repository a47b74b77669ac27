"""Contesting, correcting, erasing, and deleting what is over."""
