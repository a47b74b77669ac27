"""Rooms beside the door: searching, charts, copies, case files, corrections, links. Each asks the door's own rules."""
