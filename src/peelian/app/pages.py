"""The templates' surroundings for live pages: the shared ones, and the face's own folder."""

from __future__ import annotations

from peelian.publish.environment import STATIC, make_environment, manifest

__all__ = ["STATIC", "make_environment", "manifest"]
