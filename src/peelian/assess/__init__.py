"""Method and truth to Assessment: accuracy, error, bias and feedback, beside present practice and the ceiling."""

from peelian.assess.hotspots import assess_hotspots
from peelian.assess.registration import Registration, register

__all__ = ["Registration", "assess_hotspots", "register"]
