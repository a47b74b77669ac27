"""The pages, a module a part of the house; each has ``router(site)``. The published site is last: it takes the rest."""

from __future__ import annotations

from peelian.web.pages import (
    api,
    api_find,
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
    review,
    signing,
)

PAGES = (
    *(assets, ask, api_find, api, signing, practice, patrol, panel, emergencies),
    *(counts, charts, case_files, find, review, desk, portal),
)
