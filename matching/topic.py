"""A topic: the identity card of a watched film, read from a TOML text."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matching.errors import TopicError
from matching.text import words

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_KEYS: Mapping[str, frozenset[str]] = {
    "the topic": frozenset({"id", "name", "works", "evidence", "counter", "references"}),
    "works": frozenset({"id", "title", "titles", "years", "ambiguous", "sequel_of", "part"}),
    "evidence": frozenset({"people", "characters", "companies", "places", "genre", "words"}),
    "counter": frozenset({"before", "near"}),
    "references": frozenset({"id", "file", "title"}),
}


@dataclass(frozen=True, slots=True)
class Work:
    """A film, or a part of a series of films; `titles` holds `title` first, then its other spellings."""

    id: str
    title: str
    titles: tuple[str, ...]
    years: tuple[int, ...]
    ambiguous: bool
    sequel_of: str | None
    part: int | None


@dataclass(frozen=True, slots=True)
class Reference:
    """A known article that is no news: a copy of it is a duplicate. `text` is the article as it was found."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Topic:
    """What is watched. `evidence` and `counter` are phrases by kind (people, companies, ...; before, near)."""

    id: str
    name: str
    works: tuple[Work, ...]
    evidence: Mapping[str, tuple[str, ...]]
    counter: Mapping[str, tuple[str, ...]]
    references: tuple[Reference, ...]

    def work(self, work_id: str) -> Work:
        return next(work for work in self.works if work.id == work_id)


def referenced_files(source: str, name: str) -> list[str]:
    """The files that a topic's references name, so that the caller can read them."""
    entries = _tables(_parsed(source, name), "references", name)
    return [_text(entry, "file", f"{name}: references[{number}]") for number, entry in enumerate(entries)]


def parse_topic(source: str, name: str, files: Mapping[str, str]) -> Topic:
    """Reads a topic from TOML `source`, called `name` in errors; `files` holds the texts its references name.

    Raises TopicError with the key and the remedy when something is missing, unknown or of the wrong kind.
    """
    table = _parsed(source, name)
    _known_keys(table, "the topic", name)
    topic_id = _text(table, "id", name)
    if not _ID.fullmatch(topic_id):
        raise TopicError(f"{name}: id = {topic_id!r}: use lower-case letters, digits and hyphens")
    works = tuple(_work(entry, f"{name}: works[{n}]") for n, entry in enumerate(_tables(table, "works", name)))
    if not works:
        raise TopicError(f"{name}: no [[works]]: a topic needs at least one work with an id and a title")
    _check_sequels(works, name)
    references = _tables(table, "references", name)
    return Topic(
        id=topic_id,
        name=_text(table, "name", name),
        works=works,
        evidence=_phrases(table, "evidence", name),
        counter=_phrases(table, "counter", name),
        references=tuple(_reference(entry, f"{name}: references[{n}]", files) for n, entry in enumerate(references)),
    )


def _parsed(source: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise TopicError(f"{name}: this is not TOML: {error}") from error


def _work(entry: Mapping[str, Any], place: str) -> Work:
    _known_keys(entry, "works", place)
    if not _ID.fullmatch(_text(entry, "id", place)):
        raise TopicError(f"{place}: id = {entry['id']!r}: use lower-case letters, digits and hyphens")
    title = _text(entry, "title", place)
    titles = (title, *_texts(entry, "titles", place))
    for each in titles:
        if len("".join(words(each))) < 2:
            raise TopicError(f"{place}: title {each!r} is too short to be watched: it would be found everywhere")
    years = entry.get("years", [])
    if not isinstance(years, list) or not all(isinstance(year, int) for year in years):
        raise TopicError(f"{place}: years = {years!r}: write a list of years, such as [2019, 2020]")
    ambiguous, part = entry.get("ambiguous", False), entry.get("part")
    if not isinstance(ambiguous, bool):
        raise TopicError(f"{place}: ambiguous = {ambiguous!r}: write true or false")
    if part is not None and not (isinstance(part, int) and 2 <= part <= 9):
        raise TopicError(f"{place}: part = {part!r}: write a number from 2 to 9")
    sequel_of = _text(entry, "sequel_of", place) if "sequel_of" in entry else None
    return Work(_text(entry, "id", place), title, titles, tuple(years), ambiguous, sequel_of, part)


def _check_sequels(works: Sequence[Work], name: str) -> None:
    ids = [work.id for work in works]
    if len(set(ids)) < len(ids):
        raise TopicError(f"{name}: works: two works have the same id; ids are {', '.join(ids)}")
    for work in works:
        if work.sequel_of is not None and work.sequel_of not in ids:
            raise TopicError(f"{name}: works: sequel_of = {work.sequel_of!r} names no work; there are {', '.join(ids)}")
        if (work.sequel_of is None) != (work.part is None):
            raise TopicError(f"{name}: works: {work.id!r} needs both sequel_of and part, or neither")


def _reference(entry: Mapping[str, Any], place: str, files: Mapping[str, str]) -> Reference:
    _known_keys(entry, "references", place)
    file = _text(entry, "file", place)
    if file not in files:
        raise TopicError(f"{place}: file = {file!r} cannot be read: name a UTF-8 text file beside the topic")
    text = files[file]
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if not first:
        raise TopicError(f"{place}: file = {file!r} is empty: a reference needs its article's text")
    title = _text(entry, "title", place) if "title" in entry else first[:300]
    return Reference(_text(entry, "id", place), title, text)


def _phrases(table: Mapping[str, Any], key: str, name: str) -> dict[str, tuple[str, ...]]:
    section = table.get(key, {})
    if not isinstance(section, dict):
        raise TopicError(f"{name}: {key} = {section!r}: write a table [{key}]")
    _known_keys(section, key, f"{name}: {key}")
    found = {kind: tuple(_texts(section, kind, f"{name}: {key}")) for kind in section}
    for kind, phrases in found.items():
        for phrase in phrases:
            if not words(phrase):
                raise TopicError(f"{name}: {key}: {kind}: {phrase!r} has no word: write letters or digits")
    return found


def _known_keys(table: Mapping[str, Any], kind: str, place: str) -> None:
    for key in table:
        if key not in _KEYS[kind]:
            raise TopicError(f"{place}: unknown key {key!r}: allowed are {', '.join(sorted(_KEYS[kind]))}")


def _tables(table: Mapping[str, Any], key: str, name: str) -> list[dict[str, Any]]:
    entries = table.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise TopicError(f"{name}: {key} = {entries!r}: write tables [[{key}]]")
    return entries


def _text(table: Mapping[str, Any], key: str, place: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise TopicError(f"{place}: {key} = {value!r}: write a text that is not empty")
    return value.strip()


def _texts(table: Mapping[str, Any], key: str, place: str) -> list[str]:
    values = table.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
        raise TopicError(f"{place}: {key} = {values!r}: write a list of texts, none of them empty")
    return values
