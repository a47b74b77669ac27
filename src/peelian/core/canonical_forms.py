"""One spelling for plates, telephone numbers, postcodes, addresses and firms, however a system wrote them.

Pure functions of a text. An empty result means that nothing usable was written. What is unusual is kept as it stands,
tidied: a form that we do not know is no reason to drop what somebody wrote down.
"""

from __future__ import annotations

import re
import unicodedata

from peelian.core.name_keys import fold_name

_NOT_PLATE = re.compile("[^0-9A-Z]")
_NOT_DIGIT = re.compile("[^0-9]")
_EXTENSION = re.compile(r"\s*(?:ext|extension|x)\.?\s*\d+\s*$")
_LOOK_ALIKE = str.maketrans("OQDILZSGBV", "000112568U")
_DIGIT_READ = str.maketrans("OQDILZSGB", "000112568")
_LETTER_READ = str.maketrans("01258", "OIZSB")
_OUTWARD = re.compile("[A-Z]{1,2}[0-9][0-9A-Z]?")
_INWARD = re.compile("[0-9][A-Z]{2}")
_POSTCODE = re.compile(r"\b[a-z]{1,2}[0-9][0-9a-z]?\s*[0-9][a-z]{2}\b")
_NUMBER = re.compile("[0-9]+[a-z]?")

_PLACE_WORDS = dict(
    pair.split("=")
    for pair in """
    apt=flat apartment=flat unit=flat rd=road str=street ave=avenue av=avenue ln=lane dr=drive drv=drive ct=court
    crt=court cl=close cres=crescent crs=crescent gdns=gardens gdn=garden grn=green gr=grove grv=grove hse=house
    ho=house mt=mount pl=place pde=parade pk=park sq=square ter=terrace terr=terrace tce=terrace wk=walk wy=way
    bldg=building bldgs=buildings est=estate flr=floor nth=north sth=south upr=upper lwr=lower blvd=boulevard
    """.split()
)
_NO_ADDRESS = frozenset("no number at the of unknown none nfa nk".split())
_LEGAL_FORMS = frozenset("the limited ltd plc llp lp inc co company corp corporation cic cyf ccc gmbh bv sa".split())

_FIRMS_ONLY = frozenset("limited ltd plc llp inc corp corporation cic ccc gmbh bv".split())
"""Of those the ones that are nobody's surname."""


def without_hidden(text: str) -> str:
    """Leave out letters that nobody sees, and write wide and other compatible forms plainly (Unicode NFKC).

    Zero-width letters and marks that turn the direction of writing make two texts that look alike differ.
    """
    if text.isascii() and text.isprintable():
        return text
    plain = (" " if c.isspace() else c for c in unicodedata.normalize("NFKC", text))
    return "".join(c for c in plain if unicodedata.category(c) not in ("Cc", "Cf"))


def canonical_plate(text: str) -> str:
    """Write a number plate in capitals and digits only: ``ab12 cde`` is ``AB12CDE``."""
    return _NOT_PLATE.sub("", text.upper())


def plate_confusion_key(text: str) -> str:
    """Write a plate so that characters which cameras and people mistake for each other are the same.

    ``O Q D`` read as 0, ``I L`` as 1, ``Z`` as 2, ``S`` as 5, ``G`` as 6, ``B`` as 8, ``V`` as U. Two plates with one
    key may be the same plate misread, or two plates: a key finds candidates and decides nothing. The choice of pairs
    is ours.
    """
    return canonical_plate(text).translate(_LOOK_ALIKE)


def canonical_phone(text: str, *, country: str = "44") -> str:
    """Write a telephone number with a plus and the country's code: ``07700 900123`` is ``+447700900123``.

    Parameters
    ----------
    text : str
        As written; blanks, brackets, hyphens and an extension are ignored.
    country : str
        Code put before a number that is written as dialled within the country, with one leading nought.
    """
    bare = _EXTENSION.sub("", text.casefold())
    plus = bare.lstrip(" (").startswith("+")
    digits = _NOT_DIGIT.sub("", bare.replace("(0)", ""))
    if not plus and digits.startswith("00"):
        plus, digits = True, digits[2:]
    if plus:
        trunk = f"{country}0"
        return "+" + (country + digits[len(trunk) :] if digits.startswith(trunk) else digits) if digits else ""
    if digits.startswith(country) and len(digits) >= len(country) + 9:
        return "+" + digits
    return f"+{country}{digits[1:]}" if digits.startswith("0") and len(digits) >= 9 else digits


def canonical_postcode(text: str) -> str:
    """Write a postcode in capitals with one blank, letters and digits put right where only one fits.

    ``sw1a1aa`` is ``SW1A 1AA``, ``M1 OAB`` is ``M1 0AB``. What is no British postcode stays, without blanks.
    """
    plain = _NOT_PLATE.sub("", text.upper())
    if not 5 <= len(plain) <= 7:
        return plain
    outward, inward = plain[:-3], plain[-3].translate(_DIGIT_READ) + plain[-2:].translate(_LETTER_READ)
    outward = outward[0].translate(_LETTER_READ) + outward[1:]
    if not _OUTWARD.fullmatch(outward) and len(outward) == 2:
        outward = outward[0] + outward[1].translate(_DIGIT_READ)
    fits = _OUTWARD.fullmatch(outward) and _INWARD.fullmatch(inward)
    return f"{outward} {inward}" if fits else plain


def canonical_address(text: str) -> str:
    """Write an address as flat, number, words: ``12 Elm Rd., Flat 3`` is ``flat 3 12 elm road``.

    Words are written out (``Rd`` is road, ``St`` is street unless it begins the street's name), a postcode at the end
    is left to its own column, ``no.`` and the like are dropped. Without a number the words stand alone.
    """
    words = _written_out(_POSTCODE.sub(" ", fold_name(text.replace("/", " ").replace(".", " "))).split())
    flat: list[str] = []
    if "flat" in words and words.index("flat") + 1 < len(words):
        at = words.index("flat")
        flat, words = words[at : at + 2], words[:at] + words[at + 2 :]
    numbers = [w for w in words if _NUMBER.fullmatch(w)]
    return " ".join([*flat, *numbers[:1], *(w for w in words if w not in numbers[:1])])


def _written_out(words: list[str]) -> list[str]:
    out = [_PLACE_WORDS.get(w, w) for w in words if w not in _NO_ADDRESS]
    for i, word in enumerate(out):
        if word == "st":
            named = i == 0 or bool(_NUMBER.fullmatch(out[i - 1]))
            out[i] = "saint" if named and i + 1 < len(out) else "street"
    return out


def says_legal_form(text: str) -> bool:
    """Say whether a name bears a legal form, as only a firm's does: ``Acme Trading Ltd``."""
    return not _FIRMS_ONLY.isdisjoint(fold_name(text).split())


def canonical_firm(text: str) -> str:
    """Write a firm's name without its legal form: ``The Acme Trading Co. Ltd`` is ``acme trading``."""
    words = fold_name(text.replace("&", " and ").replace("+", " and ")).split()
    return " ".join(w for w in words if w not in _LEGAL_FORMS) or " ".join(words)
