"""Dates as pages write them: ISO 8601, RFC 5322, and French words; Europe/Paris where no zone is given."""

import re
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from matching.text import folded_text

PARIS = ZoneInfo("Europe/Paris")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january", "fevrier fevr fev february feb", "mars mar march", "avril avr april apr",
            "mai may", "juin june jun", "juillet juil july jul", "aout august aug", "septembre sept sep september",
            "octobre oct october", "novembre nov november", "decembre dec december",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_AT = r"(?:\D{1,12}?([01]?\d|2[0-3])\s?(?:heures?|h|:)\s?([0-5]\d)?)?"  # what is no time of day ("48h chrono") is none
_IN_WORDS = re.compile(
    r"\b(\d{1,2})(?:er|e)?\s+(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?\s+(\d{4})" + _AT
)
_NUMERIC = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})" + _AT)
_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?"
    r" ?(Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?$",
    re.IGNORECASE,
)
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def parse_date(written: str, zone: tzinfo = PARIS) -> datetime | None:
    """The aware moment that a machine-readable date says, None when it says none or an absurd one."""
    cleaned = written.strip()
    try:
        moment = _iso(cleaned, zone) or _rfc(cleaned, zone) or find_date(cleaned, zone)
    except (ValueError, OverflowError):
        return None
    return plausible(moment)


def plausible(moment: datetime | None) -> datetime | None:
    """The moment if an article on the web can have it; None for the zero dates and far futures of careless programs."""
    return moment if moment is not None and EARLIEST <= moment <= LATEST else None


def find_date(text: str, zone: tzinfo = PARIS) -> datetime | None:
    """The first date written in words or figures in a text ("Publié le 3 mars 2024 à 14h05")."""
    folded = folded_text(text)
    if found := _IN_WORDS.search(folded):
        day, month, year, hour, minute = found.groups()
        return _moment(zone, int(year), _MONTHS[month], int(day), hour, minute)
    if found := _NUMERIC.search(folded):
        day, month, year, hour, minute = found.groups()
        return _moment(zone, int(year), int(month), int(day), hour, minute)
    return None


def _iso(written: str, zone: tzinfo) -> datetime | None:
    found = _ISO.match(written)
    if found is None:
        return None
    year, month, day, hour, minute, second, offset = found.groups()
    moment = _moment(zone, int(year), int(month), int(day), hour, minute, second)
    if moment is None or offset is None:
        return moment
    aware = datetime.fromisoformat("2000-01-01T00:00:00" + ("+00:00" if offset[0].isalpha() else offset))
    return moment.replace(tzinfo=aware.tzinfo)


def _rfc(written: str, zone: tzinfo) -> datetime | None:
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _moment(
    zone: tzinfo, year: int, month: int, day: int, hour: str | None, minute: str | None, second: str | None = None
) -> datetime | None:
    try:
        return datetime(year, month, day, int(hour or 0), int(minute or 0), int(second or 0), tzinfo=zone)
    except ValueError:
        return None
