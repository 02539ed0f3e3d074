"""Notices: one mail to the operator about sources that fell silent or poor, those that are well again, and mails that
did not go out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from alerts.foreign import cleaned
from alerts.model import Reader, Rendered, Trouble
from alerts.render import inlined, template
from alerts.words import Words, words

FATES = ("expired", "failed", "rejected", "doubt")  # what becomes of a mail that does not go out as planned
MOST = 200  # sources, and mails, that one notice names; it counts the rest


@dataclass(frozen=True, slots=True)
class Notice:
    """What the operator is told at a moment: the sources in trouble, those that were and are not any more, and the
    mails that were given up, refused or held."""

    moment: datetime
    begun: tuple[Trouble, ...]
    over: tuple[Trouble, ...]
    mails: tuple[Trouble, ...] = ()


def render_notice(notice: Notice, reader: Reader) -> Rendered:
    """The mail of a notice, in the reader's language."""
    notice = cleaned(notice)
    speak = words(reader.language)
    line = subject(notice, speak)
    html = inlined(template("notice.html.j2", html=True).render(_given(notice, reader, line, Markup)))
    return Rendered(line, html, template("notice.txt.j2", html=False).render(_given(notice, reader, line, str)))


def subject(notice: Notice, speak: Words) -> str:
    """How many sources are in trouble, or else how many mails did not go out, or how many sources are well again."""
    if notice.begun:
        return speak("notice.begun", count=len(notice.begun))
    if notice.mails:
        return speak("notice.mails", count=len(notice.mails))
    return speak("notice.over", count=len(notice.over))


def _given(notice: Notice, reader: Reader, line: str, form: Any) -> Mapping[str, Any]:
    rooms = (("notice.begun", notice.begun), ("notice.mails", notice.mails), ("notice.over", notice.over))
    sources = notice.begun or notice.over
    return {
        "subject": line,
        "notice": notice,
        "rooms": [(key, troubles[:MOST], len(troubles)) for key, troubles in rooms if troubles],
        "kept": [key for key, is_told in (("notice.kept", sources), ("notice.ledger", notice.mails)) if is_told],
        "words": words(reader.language, form),
        "zone": reader.timezone,
    }
