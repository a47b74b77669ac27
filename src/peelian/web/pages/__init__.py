"""The pages, a module a part of the house; each has ``router(site)``. The published site is last: it takes the rest."""

from __future__ import annotations

from peelian.web.pages import (
    api,
    api_find,
    api_standing,
    ask,
    assets,
    case_files,
    charts,
    counts,
    desk,
    emergencies,
    find,
    panel,
    patrol,
    portal,
    practice,
    records,
    review,
    signing,
    standing,
    suggestions,
)

PAGES = (
    *(assets, ask, api_find, api_standing, api, signing, practice, patrol, panel, emergencies, records),
    *(counts, charts, case_files, standing, suggestions, find, review, desk, portal),
)
