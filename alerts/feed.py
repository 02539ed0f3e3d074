"""The feed: the latest articles with news of some topic as an Atom document (RFC 4287), one entry each.

An entry's id is made of what never changes in an article's first mention: its number and the moment it was found.
Addresses and titles do change, and a number alone would come back with another article after a backup is restored.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

from lxml import etree

from alerts.entries import Names, entry, joined
from alerts.foreign import cleaned, link
from alerts.model import Entry
from alerts.words import Words, words
from storage.model import StoredMention

ATOM = "http://www.w3.org/2005/Atom"
OURS = UUID("6b1e2f0c-52d5-4c0f-9f0b-6d1d3f9f7a10")


def feed(
    found: Sequence[Sequence[StoredMention]], names: Names, topics: Mapping[str, str], language: str, now: datetime
) -> bytes:
    """The document of these articles, the latest first, each with its mentions, the first found first.

    `topics` are names by id: the feed is theirs, and another one when they change. UnknownLanguage when there are no
    words.
    """
    speak = words(language)
    root = etree.fromstring(f'<feed xmlns="{ATOM}"/>'.encode())
    root.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    updated = max((each.found_at for article in found for each in article), default=now)
    _add(root, "title", speak("feed.title", topics=speak.join(topics.values())))
    _add(root, "subtitle", speak("feed.subtitle"))
    _add(root, "id", uuid5(OURS, "feed of " + " ".join(sorted(topics))).urn)
    _add(root, "updated", _moment(updated))
    _add(_add(root, "author"), "name", "Veilleur")
    _add(root, "generator", "Veilleur")
    for each in found:
        _add_entry(root, each, cleaned(joined([entry(one, [], names) for one in each])), topics, speak)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def entry_id(mention: StoredMention) -> str:
    return uuid5(OURS, f"mention {mention.id} found at {_moment(mention.found_at)}").urn


def _add_entry(
    root: etree._Element, found: Sequence[StoredMention], told: Entry, topics: Mapping[str, str], speak: Words
) -> None:
    element = _add(root, "entry")
    _add(element, "title", told.title or speak("story.untitled"))
    _add(element, "id", entry_id(found[0]))
    _add(element, "updated", _moment(max(each.found_at for each in found)))
    if told.published:
        _add(element, "published", _moment(told.published))
    if link(told.url):
        _add(element, "link", rel="alternate", type="text/html", href=told.url)
    for name in told.authors or (told.outlet,):
        _add(_add(element, "author"), "name", name)
    for each in found:
        _add(element, "category", term=each.topic, label=topics.get(each.topic, each.topic))
    # Section 4.1.2: an entry without an alternate link has content; a summary is not enough.
    _add(element, "summary" if link(told.url) else "content", _summary(told, speak), type="text")


def _summary(told: Entry, speak: Words) -> str:
    place = " – ".join([told.outlet, *(speak(f"story.{each}") for each in (told.where, told.unread) if each)])
    quoted = told.quotation
    if quoted is None:
        return place
    passage = speak(
        "story.quotation",
        before=speak.inside(quoted.before),
        marked=speak.inside(quoted.marked),
        after=speak.inside(quoted.after),
    )
    return f"{place} – {passage}"


def _add(parent: etree._Element, name: str, text: str | None = None, /, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = text
    return element


def _moment(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()
