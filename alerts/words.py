"""Words: all that a reader sees, in the reader's language, from languages/*.toml; dates and numbers from CLDR."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal

from alerts.model import Objection, Reason
from alerts.spoken import LANGUAGES, check_language

Pattern = str | Mapping[str, str]

PRESS = ZoneInfo("Europe/Paris")
HOUR = 60
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Words:
    """A language's words. `form` makes patterns: `str`, or `markupsafe.Markup`, which escapes what is put into them."""

    locale: Locale
    patterns: Mapping[str, Pattern]
    form: Callable[[str], str] = str

    def __call__(self, key: str, /, **values: object) -> str:
        """The words of a key, "room.name"; `count` chooses the plural; integers are written as the language does."""
        pattern = self.patterns[key]
        if not isinstance(pattern, str):
            count = values["count"]
            assert isinstance(count, int)
            form = "zero" if count == 0 and "zero" in pattern else self.locale.plural_form(count)
            pattern = pattern.get(form, pattern["other"])
        return self.form(pattern).format(**{name: self._shown(value) for name, value in values.items()})

    def join(self, items: Iterable[str]) -> str:
        """The items as the language enumerates them: "a, b et c"."""
        given = tuple(items)
        places = [f"{{{each}}}" for each in range(len(given))]
        return self.form(format_list(places, locale=self.locale)).format(*given)

    def moment(self, instant: datetime, zone: ZoneInfo, beside: datetime | None = None) -> str:
        """Day and time in the reader's zone; without the year where it is that of `beside`."""
        return self._said(instant.astimezone(zone), beside, "")

    def published(self, instant: datetime, zone: ZoneInfo, beside: datetime | None = None) -> str:
        """As `moment`, but midnight sharp, there or in PRESS, is the day alone: pages often tell no more."""
        days = [local for local in map(instant.astimezone, (zone, PRESS)) if local.time() == time()]
        return self._said(days[0], beside, "_day") if days else self.moment(instant, zone, beside)

    def appeared(
        self, published: datetime | None, found: datetime, zone: ZoneInfo, beside: datetime | None = None
    ) -> str:
        """When an article was published, or that it does not say and when it was found."""
        if published is None:
            return str(self("story.undated", moment=self.moment(found, zone, beside)))
        return self.published(published, zone, beside)

    def day(self, day: date) -> str:
        """A day of this year with its weekday: "lundi 26 février"."""
        return format_date(day, str(self("dates.near_day", day=self._day(day.day))), locale=self.locale)

    def short_day(self, day: date) -> str:
        """A day as a diagram names it: "lun. 26"."""
        return format_date(day, str(self("dates.diagram_day")), locale=self.locale)

    def _said(self, local: datetime, beside: datetime | None, kind: str) -> str:
        same_year = beside is not None and beside.astimezone(local.tzinfo).year == local.year
        pattern = self(f"dates.{'near' if same_year else 'full'}{kind}", day=self._day(local.day))
        return format_datetime(local, str(pattern), locale=self.locale)

    def inside(self, quoted: str) -> str:
        """Guillemets within a quotation, as the language nests its quotation marks."""
        opening, closing = self("quotes.opening"), self("quotes.closing")
        return re.sub(r"\s?»", closing, re.sub(r"«\s?", opening, quoted))

    def reason(self, reason: Reason) -> str:
        """Why an outlet is in trouble; in general words where the language has none for it."""
        key = f"hindrance.{reason.hindrance}"
        if key not in self.patterns or (reason.hindrance == "http" and reason.status is None):
            key = "hindrance.other"
        return self(key, status=reason.status or 0, count=reason.items or 0, usual=reason.usual or 0)

    def objections(self, given: Iterable[Objection]) -> str:
        """Why an article was refused; in general words where the language has none for a signal."""
        told = [(f"objection.{each.signal.replace(' ', '_')}", each.words) for each in given]
        known = [(key if key in self.patterns else "objection.other", words) for key, words in told]
        return self.form(self("objection.between")).join(self(key, words=words) for key, words in known)

    def number(self, value: int) -> str:
        return format_decimal(value, locale=self.locale)

    def delay(self, minutes: int) -> str:
        """A delay in the unit that suits it: minutes up to an hour and beside one, hours up to two days, then days."""
        if minutes < HOUR:
            return self("delay.minutes", count=minutes)
        if HOUR < minutes < 2 * HOUR:
            return self("delay.hour_minutes", minutes=f"{minutes % HOUR:02}")
        if minutes < 2 * DAY:
            return self("delay.hours", count=round(minutes / HOUR))
        return self("delay.days", count=round(minutes / DAY))

    def _day(self, number: int) -> str:
        return self("dates.first_day" if number == 1 else "dates.other_day")

    def _shown(self, value: object) -> object:
        return self.number(value) if isinstance(value, int) else value


def words(language: str, form: Callable[[str], str] = str) -> Words:
    """The words of a language; UnknownLanguage when there are none."""
    check_language(language)
    return Words(Locale.parse(language), _patterns(language), form)


@cache
def _patterns(language: str) -> Mapping[str, Pattern]:
    return dict(_flat(tomllib.loads((LANGUAGES / f"{language}.toml").read_text("utf-8"))))


def _flat(rooms: Mapping[str, Any]) -> Iterator[tuple[str, Pattern]]:
    for room, patterns in rooms.items():
        yield from ((f"{room}.{name}", pattern) for name, pattern in patterns.items())
