"""Foreign text: what outlets wrote, made harmless before it stands in a mail."""

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast
from unicodedata import category
from urllib.parse import urlsplit

from alerts.model import Quotation

T = TypeVar("T")

INVISIBLE = {"Cc", "Cf", "Co", "Cs"}
NONCHARACTERS = "\ufffe\uffff"  # XML has no way to write them
JOINERS = "\u200c\u200d"
BREAKING_SPACES = re.compile(r"[ \t-\r\x1c-\x1f\x85\u2028\u2029]+")


def clean(text: str) -> str:
    """One line of visible text: no control, bidi, private or other format character, no line break, no run of spaces.

    No-break spaces stay; so do the joiners that some scripts and emoji are written with.
    """
    visible = "".join(each for each in text if _is_visible(each))
    return BREAKING_SPACES.sub(" ", visible)


def cleaned(value: T) -> T:
    """The same value, a digest or any part of one, with every text in it clean and a quotation's mention in place."""
    return cast(T, _cleaned(value))


def link(url: str) -> str | None:
    """The address where it may become a link, which only http and https addresses with a host do."""
    try:
        parts = urlsplit(url)
        web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return None
    return url if web and url.isprintable() and not set(url) & {" ", "\\"} else None


def _is_visible(char: str) -> bool:
    if char.isspace() or char in JOINERS:
        return True
    return category(char) not in INVISIBLE and char not in NONCHARACTERS


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value).strip()
    if isinstance(value, tuple):
        return tuple(_cleaned(each) for each in value)
    if isinstance(value, Quotation):
        return _quotation(value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _cleaned(getattr(value, each.name)) for each in fields(value)})
    return value


def _quotation(value: Quotation) -> Quotation:
    before, marked, after = clean(value.before).lstrip(), clean(value.marked), clean(value.after).rstrip()
    return Quotation(before + marked + after, len(before), len(before) + len(marked))
