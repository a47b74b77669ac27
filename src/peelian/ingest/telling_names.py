"""Names of columns that give away what stands in them: a special category, another service's data, or a person."""

from __future__ import annotations

import re

SPECIAL, PERSONAL = "special", "personal"

_SPECIAL = re.compile(
    r"ethni|\beth\b|\brace\b|racial|religi|faith|belief|creed|denominat|worship|caste|health|medic|diagnos|disab|"
    r"illness|mental|\bhiv\b|\bnhs\b|\bgp\b|sexual|orientation|gender|\bsex\b|pronoun|trade ?union|union ?member|"
    r"politic|biometric|\bdna\b|fingerprint|nationality|country of birth|immigra|asylum|refugee|\bvisa\b|pregnan|"
    r"benefit|welfare|universal credit|tax credit|school|pupil",
    re.IGNORECASE,
)
"""Names that speak of a special category (DPA 2018 s.35(8)) or of other services' data (red line 11)."""

_PERSONAL = re.compile(
    r"\bni ?(no|num|number)?\b|\bnino\b|national insurance|passport|driving licen|licence n|e ?mail|surname|forename|"
    r"(first|last|full|maiden|middle|birth) ?name|\bdob\b|date of birth|birth ?da|phone|mobile|\btel\b|home address|"
    r"post ?code|\biban\b|sort ?code|bank|card n|account n|next of kin|facebook|instagram|twitter|social media|"
    r"\bip addr",
    re.IGNORECASE,
)
"""Names that speak of a person's name, number or reach."""

_JOINS = re.compile(r"[\s_.\-/]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def speaks_of(name: str) -> tuple[str, str]:
    """Return what a column's name speaks of, ``special``, ``personal`` or nothing, and the word that gives it away."""
    plain = _JOINS.sub(" ", _HUMP.sub(" ", name))
    for what, pattern in ((SPECIAL, _SPECIAL), (PERSONAL, _PERSONAL)):
        if found := pattern.search(plain):
            return what, found.group().strip().lower()
    return "", ""
