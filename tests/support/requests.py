"""Requests made from plain values by attribute, for asking Cedar what the prover was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping

from peelian.policy.cedar import Asked, Entity
from peelian.policy.shape import Shape


def request_from(shape: Shape, action: str, values: Mapping[str, object]) -> tuple[Asked, Entity]:
    """Build a Cedar request from values by dotted name, e.g. ``context.mandate.ends_at``."""

    def part(prefix: str) -> dict[str, object]:
        return {
            name.rsplit(".", 1)[1]: value
            for name, value in values.items()
            if name.startswith(prefix) and name.count(".") == prefix.count(".")
        }

    about = shape.actions[action]
    mandate = Entity("Mandate", "m", part("context.mandate."))
    context = {**part("context."), "mandate": mandate.reference}
    principal = Entity(about.principal, "p", part("principal."))
    return Asked(principal, action, json.dumps(context), (mandate,)), Entity(about.resource, "r", part("resource."))
