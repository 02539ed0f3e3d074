"""Notices: one mail to the operator about sources that fell silent or poor, and about those that are well again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from alerts.foreign import cleaned
from alerts.model import Reader, Rendered, Trouble
from alerts.render import inlined, template
from alerts.words import Words, words

MOST = 200  # sources that one notice names; it counts the rest


@dataclass(frozen=True, slots=True)
class Notice:
    """What the operator is told at a moment: the sources in trouble, and those that were and are not any more."""

    moment: datetime
    begun: tuple[Trouble, ...]
    over: tuple[Trouble, ...]


def render_notice(notice: Notice, reader: Reader) -> Rendered:
    """The mail of a notice, in the reader's language."""
    notice = cleaned(notice)
    speak = words(reader.language)
    line = subject(notice, speak)
    html = inlined(template("notice.html.j2", html=True).render(_given(notice, reader, line, Markup)))
    return Rendered(line, html, template("notice.txt.j2", html=False).render(_given(notice, reader, line, str)))


def subject(notice: Notice, speak: Words) -> str:
    """How many sources are in trouble, or else how many are well again."""
    if notice.begun:
        return speak("notice.begun", count=len(notice.begun))
    return speak("notice.over", count=len(notice.over))


def _given(notice: Notice, reader: Reader, line: str, form: Any) -> Mapping[str, Any]:
    rooms = (("notice.begun", notice.begun), ("notice.over", notice.over))
    return {
        "subject": line,
        "notice": notice,
        "rooms": [(key, troubles[:MOST], len(troubles)) for key, troubles in rooms if troubles],
        "words": words(reader.language, form),
        "zone": reader.timezone,
    }
