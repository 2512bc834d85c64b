"""The templates, once for each language: what they say is in it."""

from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sangdan.doors.texts import Language

from .built import Assets, AssetsNotBuilt
from .words import words_in

FOLDER: Final = Path(__file__).with_name("templates")
ASSETS: Final = Assets()
PLAIN: Final = "package"
EXTENSIONS: Final = ("jinja2.ext.i18n", "jinja2.ext.do")


def asset(name: str) -> str:
    """The address of a built file by its plain name."""
    return ASSETS.url(name)


def icon(name: str, kind: str = "") -> Markup:
    """One of the built icons; it says nothing to those who listen, so that its button must."""
    return Markup('<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>').format(
        kind, asset("icons.svg"), name
    )


def goods_picture(name: str | None) -> str:
    """The address of a product's picture; a plain parcel where there is none of that name: goods come with any."""
    try:
        return asset(f"goods-{name}.svg")
    except AssetsNotBuilt:
        return asset(f"goods-{PLAIN}.svg")


@cache
def templates_in(language: Language) -> Environment:
    """The templates of a language; `_` and `{% trans %}` say texts, which carry no markup, and `say` the rest."""
    say = words_in(language)
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=EXTENSIONS,
    )
    made.extend(newstyle_gettext=True)
    known = vars(made)["globals"]  # its own annotation leaves the values unknown
    known |= {"_": say, "gettext": say, "ngettext": say.many, "pgettext": say.within}
    known |= {
        "say": say,
        "lang": language,
        "other": "en" if language == "ko" else "ko",
        "asset": asset,
        "icon": icon,
        "goods_picture": goods_picture,
    }
    return made
