"""The pages, a module a part of the house; each has ``router(site)``. The published site is last: it takes the rest."""

from __future__ import annotations

from peelian.web.pages import (
    api,
    api_case_files,
    api_charts,
    api_copies,
    api_find,
    api_records,
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

API = (api_find, api_charts, api_copies, api_case_files, api_records, api_standing)
"""What there is for programs beside :mod:`peelian.web.pages.api`, each with its ``staff`` addresses."""

PAGES = (
    *(assets, ask, *API, api, signing, practice, patrol, panel, emergencies, records),
    *(counts, charts, case_files, standing, suggestions, find, review, desk, portal),
)
