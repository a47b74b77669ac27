"""Peelian: police analytics under safeguards that the software enforces and anyone outside can check.

The tree is the architecture: see ARCHITECTURE.md. Data walks one way,
``ingest -> resolve -> analyse -> decide -> publish``, and passes one door, :mod:`peelian.gate`.
"""

__version__ = "0.1.0"
