"""Patrol places: areas, the forecast asked for, plans decided and told."""
