"""The pages, a module a part of the house; each has ``router(site)``. The published site is last: it takes the rest."""

from __future__ import annotations

from peelian.web.pages import api, ask, assets, desk, panel, patrol, portal, practice, signing

PAGES = (assets, ask, api, signing, practice, patrol, panel, desk, portal)
