"""Method and truth to Assessment: accuracy, error, bias and feedback, beside present practice and the ceiling."""

from peelian.assess.hotspots import assess_hotspots
from peelian.assess.picture import assessment_svg
from peelian.assess.registration import Registration, register
from peelian.assess.report import assessment_markdown

__all__ = ["Registration", "assess_hotspots", "assessment_markdown", "assessment_svg", "register"]
