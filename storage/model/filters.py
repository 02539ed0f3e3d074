"""Filters: what of its topics a digest stream is told, by outlet and by prominence."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from matching.model import Prominence
from storage.model.articles import StoredMention

Least = Literal["headline", "subject", "list", "passing", "any"]
_LEVELS: tuple[str, ...] = get_args(Prominence)  # from the headline down to what is named in passing


@dataclass(frozen=True, slots=True)
class Filter:
    """Takes mentions of the outlets `only` (None: of all) but not of `excepted`, that are at least so prominent."""

    only: frozenset[str] | None = None
    excepted: frozenset[str] = frozenset()
    prominence: Least = "any"

    def takes(self, found: StoredMention) -> bool:
        if found.outlet in self.excepted or (self.only is not None and found.outlet not in self.only):
            return False
        return is_prominent(found, self.prominence)


EVERYTHING = Filter()


def is_prominent(found: StoredMention, least: Least) -> bool:
    """Whether some place of the mention is at least so prominent, in matching's words."""
    return least == "any" or any(_level(each) <= _LEVELS.index(least) for each in found.occurrences)


def _level(occurrence: dict[str, Any]) -> int:
    """An occurrence from before there was a prominence counts by its place."""
    named = occurrence.get("prominence") or ("headline" if occurrence.get("where") == "title" else "subject")
    return _LEVELS.index(named) if named in _LEVELS else len(_LEVELS) - 1
