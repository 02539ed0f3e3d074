"""What the mails of one batch have in common is made once: they differ in address and way out alone."""

import html
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, TypeVar

from alerts.model import Digest, Reader, Rendered
from alerts.render import render
from storage.model import EVERYTHING

T = TypeVar("T")
# Of the private use area, so in nobody's words; as long as the address, so that lines break where they should.
_ADDRESS, _LINK = "\ue008", "\ue009"


class Shared:
    """Keeps what was made for one batch; make another for the next, when the database may tell otherwise."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}

    def of(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made for this key before, or is made now."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def rendered(self, digest: Digest, reader: Reader, *, unsubscribe: str) -> Rendered:
        """The mail of a digest, as `alerts.render.render` makes it."""
        someone = replace(reader, email=_ADDRESS * len(reader.email), wanted=EVERYTHING)  # not of the words of a mail
        link = _LINK * len(unsubscribe)
        made = self.of(
            ("mail", digest, someone, link),
            lambda: render(digest, someone, unsubscribe=link),
        )
        given = {someone.email: reader.email, link: unsubscribe}
        return replace(
            made,
            text=_filled(made.text, given),
            html=_filled(made.html, {mark: html.escape(value) for mark, value in given.items()}),
        )


class Alone(Shared):
    """Keeps nothing: for a digest on its own."""

    def of(self, key: Hashable, make: Callable[[], T]) -> T:
        return make()


def _filled(text: str, given: dict[str, str]) -> str:
    for mark, value in given.items():
        text = text.replace(mark, value)
    return text
