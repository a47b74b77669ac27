"""The templates' surroundings: one manner of turning facts into pages, for the published site and the live pages alike.

Everything is escaped unless it was made by a template; a fact that a template names and nobody gave is a mistake, not
an empty space; every visible word is marked, so that one catalogue holds them all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from gettext import NullTranslations
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import (
    ChainableUndefined,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    pass_context,
)
from jinja2.runtime import Context
from markupsafe import Markup, escape

from peelian.model.plain_words import table_words
from peelian.publish.say import sayer

TEMPLATES = Path(str(files("peelian.publish").joinpath("templates")))
STATIC = Path(str(files("peelian.publish").joinpath("static")))

DEFAULTS: Mapping[str, Any] = {
    "csrf": "",
    "demonstration": False,
    "real_parts": "",
    "force": "",
    "lang": "en-GB",
    "built": "",
    "good_until": "",
    "out_of_date_after": "",
    "root": "/",
    "section": "",
    "timezone": "Europe/London",
    "visit": None,
    "working_on": None,
}
"""Facts that every page may name. ``root`` leads from the page to the top of the site, which may lie below a host's."""


def make_environment(*folders: Path, translations: NullTranslations | None = None) -> Environment:
    """Return the surroundings of templates, own ones first.

    Parameters
    ----------
    folders : Path
        Folders of templates that extend the shared ones.
    translations : gettext.NullTranslations, optional
        A catalogue made from ``words/peelian.pot``; English as it is written without one. The filter ``say`` is for
        words that come out of Python code.
    """
    catalogue = translations or NullTranslations()
    environment = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        cache_size=-1,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]  # the extension's
    environment.globals.update(DEFAULTS)
    say = sayer(catalogue)
    environment.filters.update(day=day, moment=moment, clock=clock, say=say)
    environment.globals.update(govuk=Govuk(), asset=asset, href=href, table_words=lambda table: say(table_words(table)))
    return environment


class Govuk:
    """Macros of the design system's components: ``govuk.Button({...})``.

    They are lenient about what is missing, as they were written to be, so they live in surroundings of their own. What
    they are given as ``html`` is escaped here unless a template made it: they would print it as it stands.
    """

    def __init__(self) -> None:
        loader = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja", "templates")})
        self._environment = Environment(loader=loader, autoescape=True, undefined=ChainableUndefined)
        self._made: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._made:
            folder = "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-")
            module = self._environment.get_template(f"govuk_frontend_jinja/components/{folder}/macro.html").module
            macro = getattr(module, f"govuk{name}")
            self._made[name] = lambda params: Markup(macro(_escaped(params)).strip())
        return self._made[name]


def _escaped(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {k: _escaped(v, str(k)) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_escaped(v) for v in value]
    return escape(value) if key.lower().endswith("html") and value is not None else value


@lru_cache(maxsize=1)
def manifest() -> dict[str, str]:
    """Return what each asset's file is called: its name bears a hash of what it holds, so it can be kept for ever."""
    path = STATIC / "manifest.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


@pass_context
def href(context: Context, path: str) -> str:
    """Return the address of a page of this site; ``path`` starts without a slash."""
    return f"{context['root']}{path}" or "./"


@pass_context
def asset(context: Context, name: str) -> str:
    """Return the address of an asset by its plain name, such as ``peelian.css``."""
    return f"{context['root']}assets/{manifest().get(name, name)}"


def _local(context: Context, at: datetime | str) -> datetime:
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    assert instant.tzinfo is not None, "an instant knows its zone"
    return instant.astimezone(ZoneInfo(context["timezone"]))


@pass_context
def moment(context: Context, at: datetime | str) -> str:
    """Write an instant as people on the spot say it: 22 November 2026, 09:05."""
    local = _local(context, at)
    return f"{local.day} {local:%B %Y, %H:%M}"


@pass_context
def day(context: Context, on: date | str) -> str:
    """Write a day, or the day of an instant, as people say it: 22 November 2026."""
    if isinstance(on, str) and len(on) == len("2026-11-22"):
        on = date.fromisoformat(on)
    if isinstance(on, (str, datetime)):
        on = _local(context, on)
    return f"{on.day} {on:%B %Y}"


@pass_context
def clock(context: Context, at: datetime | str) -> str:
    """Write an instant's time of day: 09:05."""
    return f"{_local(context, at):%H:%M}"
