"""A topic: the identity card of a watched film, read from a TOML text."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from matching.errors import TopicError
from matching.tables import Table
from matching.text import words

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
LONGEST_TITLE = 200
LONGEST_WORD = 40
_KEYS: Mapping[str, frozenset[str]] = {
    "topic": frozenset({"id", "name", "works", "evidence", "counter", "references"}),
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
    return [entry.text("file") for entry in _entries(_parsed(source, name), "references")]


def watched_titles(topics: Iterable[Topic]) -> list[str]:
    """The titles of all works of the topics, each once, sorted."""
    return sorted({title for topic in topics for work in topic.works for title in work.titles})


def parse_topic(source: str, name: str, files: Mapping[str, str]) -> Topic:
    """Reads a topic from TOML `source`, called `name` in errors; `files` holds the texts its references name.

    Raises TopicError with the key and the remedy when something is missing, unknown or of the wrong kind.
    """
    table = _parsed(source, name)
    table.check_keys(_KEYS["topic"])
    topic_id = table.text("id")
    if not _ID.fullmatch(topic_id):
        raise table.refusal("id", "use lower-case letters, digits and hyphens")
    works = tuple(_work(entry) for entry in _entries(table, "works"))
    if not works:
        raise TopicError(f"{name}: no [[works]]: a topic needs at least one work with an id and a title")
    _check_sequels(works, name)
    return Topic(
        id=topic_id,
        name=table.text("name"),
        works=works,
        evidence=_phrases(table, "evidence"),
        counter=_phrases(table, "counter"),
        references=tuple(_reference(entry, files) for entry in _entries(table, "references")),
    )


def _parsed(source: str, name: str) -> Table:
    try:
        return Table(tomllib.loads(source), name, TopicError)
    except tomllib.TOMLDecodeError as error:
        raise TopicError(f"{name}: this is not TOML: {error}") from error


def _entries(table: Table, key: str) -> list[Table]:
    return [
        Table(entry, f"{table.place}: {key}[{number}]", TopicError) for number, entry in enumerate(table.tables(key))
    ]


def _work(entry: Table) -> Work:
    entry.check_keys(_KEYS["works"])
    if not _ID.fullmatch(entry.text("id")):
        raise entry.refusal("id", "use lower-case letters, digits and hyphens")
    title = entry.text("title")
    titles = (title, *entry.texts("titles"))
    for each in titles:
        _check_title(each, entry.place)
    years, part = entry.values.get("years", []), entry.values.get("part")
    if not isinstance(years, list) or not all(isinstance(year, int) for year in years):
        raise entry.refusal("years", "write a list of years, such as [2019, 2020]")
    if part is not None and not (isinstance(part, int) and 2 <= part <= 9):
        raise entry.refusal("part", "write a number from 2 to 9")
    sequel_of = entry.text("sequel_of") if "sequel_of" in entry.values else None
    return Work(entry.text("id"), title, titles, tuple(years), entry.flag("ambiguous"), sequel_of, part)


def _check_title(title: str, place: str) -> None:
    pieces = words(title)
    if len("".join(pieces)) < 2:
        raise TopicError(f"{place}: title {title!r} is too short to be watched: it would be found everywhere")
    long = f"{place}: title {title[:40] + '…'!r}"
    if len(title) > LONGEST_TITLE:
        raise TopicError(f"{long} has {len(title)} characters: write it as the press does, in {LONGEST_TITLE} at most")
    if max(map(len, pieces)) > LONGEST_WORD:
        raise TopicError(f"{long} has a word of more than {LONGEST_WORD} letters: write its words apart")


def _check_sequels(works: Sequence[Work], name: str) -> None:
    ids = [work.id for work in works]
    if len(set(ids)) < len(ids):
        raise TopicError(f"{name}: works: two works have the same id; ids are {', '.join(ids)}")
    for work in works:
        if work.sequel_of is not None and work.sequel_of not in ids:
            raise TopicError(f"{name}: works: sequel_of = {work.sequel_of!r} names no work; there are {', '.join(ids)}")
        if (work.sequel_of is None) != (work.part is None):
            raise TopicError(f"{name}: works: {work.id!r} needs both sequel_of and part, or neither")


def _reference(entry: Table, files: Mapping[str, str]) -> Reference:
    entry.check_keys(_KEYS["references"])
    file = entry.text("file")
    if file not in files:
        raise entry.refusal("file", "it cannot be read: name a UTF-8 text file beside the topic")
    text = files[file]
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if not first:
        raise entry.refusal("file", "it is empty: a reference needs its article's text")
    return Reference(entry.text("id"), entry.optional_text("title") or first[:300], text)


def _phrases(table: Table, key: str) -> dict[str, tuple[str, ...]]:
    section = table.values.get(key, {})
    if not isinstance(section, dict):
        raise table.refusal(key, f"write a table [{key}]")
    inner = Table(section, f"{table.place}: {key}", TopicError)
    inner.check_keys(_KEYS[key])
    found = {kind: tuple(inner.texts(kind)) for kind in section}
    for kind, phrases in found.items():
        for phrase in phrases:
            if not words(phrase):
                raise TopicError(f"{inner.place}: {kind}: {phrase!r} has no word: write letters or digits")
    return found
