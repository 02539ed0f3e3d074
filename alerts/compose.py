"""Composing: what was found becomes a digest, the weightiest story first.

Pure: it reads no clock and no database, and tells every article that it is given exactly once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from alerts.entries import NAME, SENTENCE, TITLE, Names, copy, entry, joined, moment
from alerts.excerpts import shorten
from alerts.model import Change, Copy, CopyGroup, Digest, Entry, Sentences, Story, Watch
from alerts.weight import weight
from matching.revision import Rewriting
from matching.text import folded_text
from storage.model import FirstTelling, StoredChange, StoredMention

Copies = Mapping[int, Sequence[StoredMention]]


def compose(
    items: Sequence[StoredMention],
    *,
    slot: datetime,
    topics: Sequence[str],
    names: Names,
    originals: Mapping[int, StoredMention],
    told: Mapping[int, FirstTelling],
    watch: Watch,
    changes: Sequence[StoredChange] = (),
    rewritings: Mapping[int, Rewriting] = MappingProxyType({}),
) -> Digest:
    """The digest of a run's items.

    `topics` are names for people; `originals` are the mentions, by id, that copies repeat and that are not in this
    run; `told` are the stories of which an earlier digest told, with its slot and headline; `changes` those of articles
    told before, with `rewritings` of their texts by change.
    """
    known = {**originals, **{each.id: each for each in items}}
    articles = [each for each in items if each.verdict == "new"]
    hanging, others = _sorted_out(items, {each.id for each in articles}, known)
    stories = _stories(articles, hanging, told, names, slot)
    listed = {each.url for story in stories for each in story.entries}
    return Digest(
        topics=tuple(topics),
        slot=slot,
        stories=tuple(_without(story, listed) for story in stories),
        copies=tuple(_listed_once(_groups(others, known, names), listed)),
        watch=_shortened(watch),
        changes=tuple(_change(each, rewritings.get(each.id), names) for each in changes),
    )


def _sorted_out(
    items: Sequence[StoredMention], articles: Collection[int], known: Mapping[int, StoredMention]
) -> tuple[Copies, Copies]:
    """The copies by the id of what they repeat: articles of this digest, and others."""
    hanging: defaultdict[int, list[StoredMention]] = defaultdict(list)
    others: defaultdict[int, list[StoredMention]] = defaultdict(list)
    for each in sorted(items, key=moment):
        if each.verdict == "duplicate":
            root = _root(each, known).id
            (hanging if root in articles else others)[root].append(each)
    return hanging, others


def _root(copied: StoredMention, known: Mapping[int, StoredMention]) -> StoredMention:
    """The end of the chain of copies: an article, a copy of a reference, or a copy whose original nobody knows."""
    seen = set[int]()
    while copied.verdict == "duplicate" and copied.reference_id is None and copied.id not in seen:
        seen.add(copied.id)
        copied = known.get(copied.original_id or 0, copied)
    return copied


def _stories(
    articles: Sequence[StoredMention], hanging: Copies, told: Mapping[int, FirstTelling], names: Names, slot: datetime
) -> tuple[Story, ...]:
    gathered: defaultdict[tuple[str, int], list[StoredMention]] = defaultdict(list)
    for each in articles:
        gathered[("article", each.id) if each.story_id is None else ("story", each.story_id)].append(each)
    ordered = sorted(gathered.values(), key=lambda members: _order(members, hanging, slot))
    return tuple(_once([_story(members, hanging, told, names) for members in ordered]))


def _once(stories: Sequence[Story]) -> Iterator[Story]:
    """Each article in the weightiest of its stories alone: there is one for each topic whose works it names."""
    same: defaultdict[str, list[Entry]] = defaultdict(list)
    for each in (told for story in stories for told in story.entries):
        same[each.url].append(each)
    for story in stories:
        urls = dict.fromkeys(each.url for each in story.entries)
        if entries := tuple(joined(same.pop(url)) for url in urls if url in same):
            yield replace(story, entries=entries)


def _without(story: Story, listed: set[str]) -> Story:
    entries = [replace(each, copies=_unlisted(each.copies, listed)) for each in story.entries]
    return replace(story, entries=tuple(entries))


def _listed_once(groups: Iterable[CopyGroup], listed: set[str]) -> Iterator[CopyGroup]:
    """The groups without copies that stand in the digest above: an article may be news or a copy for each topic."""
    for group in groups:
        if copies := _unlisted(group.copies, listed):
            yield replace(group, copies=copies)


def _unlisted(copies: Iterable[Copy], listed: set[str]) -> tuple[Copy, ...]:
    """Those that are not listed yet; now they are."""
    found = tuple(each for each in copies if each.url not in listed)
    listed.update(each.url for each in found)
    return found


def _order(members: Sequence[StoredMention], hanging: Copies, slot: datetime) -> tuple[float, int]:
    """The weightiest first; of equals, what was found first."""
    copies = [copied for each in members for copied in hanging.get(each.id, ())]
    return -weight(members, copies, slot), min(each.id for each in members)


def _story(members: Sequence[StoredMention], hanging: Copies, told: Mapping[int, FirstTelling], names: Names) -> Story:
    entries = [
        entry(each, [copy(one, each, names) for one in hanging.get(each.id, ())], names)
        for each in sorted(members, key=moment)
    ]
    story_id = members[0].story_id
    first = None if story_id is None else told.get(story_id)
    if first is None:
        return Story(tuple(entries), id=story_id)
    return Story(tuple(entries), first.slot, story_id, shorten(first.title, TITLE))


def _groups(others: Copies, known: Mapping[int, StoredMention], names: Names) -> tuple[CopyGroup, ...]:
    """A group for each thing repeated, of copies that add something and of others: references first, then by number."""
    references: defaultdict[tuple[str, str], list[Copy]] = defaultdict(list)
    groups = list[CopyGroup]()
    for root_id, copies in others.items():
        root = known[root_id]
        if root.reference_id is not None:
            references[root.topic, root.reference_id] += [copy(each, None, names) for each in copies]
        else:
            repeated = tuple(copy(each, root if each is not root else None, names) for each in copies)
            groups.append(CopyGroup(shorten(root.title, TITLE), False, repeated))
    titled = [CopyGroup(names.references.get(each, each[1]), True, tuple(found)) for each, found in references.items()]
    split = [part for each in (*titled, *groups) for part in _split(each)]
    return tuple(sorted(split, key=lambda group: (not group.is_reference, -len(group.copies))))


def _split(group: CopyGroup) -> list[CopyGroup]:
    """The copies that add something apart from those that do not."""
    parts = (tuple(each for each in group.copies if bool(each.added) is adds) for adds in (True, False))
    return [replace(group, copies=part) for part in parts if part]


def _change(stored: StoredChange, rewriting: Rewriting | None, names: Names) -> Change:
    outlet = shorten(names.outlets.get(stored.outlet, stored.outlet), NAME)
    address = stored.after if stored.kind == "moved" else stored.url
    before = shorten(stored.before, TITLE) if stored.kind == "retitled" else ""
    title = stored.after if stored.kind == "retitled" else stored.title
    made = Change(stored.kind, shorten(title, TITLE), before, outlet, address, stored.seen_at, stored.article_id)
    if rewriting is None:
        return made
    return replace(made, removed=_telling(rewriting.removed, names), added=_telling(rewriting.added, names))


def _telling(sentences: Sequence[str], names: Names) -> Sentences | None:
    """The first of the sentences that names a work, for want of one the first; and how many there are."""
    if not sentences:
        return None
    titles = [folded_text(each) for each in names.works.values()]
    folded = zip(sentences, map(folded_text, sentences), strict=True)
    naming = (each for each, written in folded if any(title in written for title in titles))
    return Sentences(len(sentences), shorten(next(naming, sentences[0]), SENTENCE))


def _shortened(watch: Watch) -> Watch:
    missed = [
        replace(each, title=shorten(each.title, TITLE), outlet=shorten(each.outlet, NAME)) for each in watch.near_misses
    ]
    return replace(watch, near_misses=tuple(missed))
