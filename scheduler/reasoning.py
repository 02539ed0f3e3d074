"""The reasoning behind a verdict, told on a terminal: what was found, what was weighed, what would change it."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from matching.counterfactual import ways_to_another_verdict, ways_to_change
from matching.model import Article, Comparison, Judgement, Known, KnownId, Occurrence, Signal
from matching.text import folded_text
from matching.topic import Topic
from scheduler.terminal import counted, moment, out, plain, verdict
from storage.model import PageState, StoredMention, Told, Unread

AROUND = 60
LONGEST_QUOTED = 200
READ_NOW, KEPT = "as it was read now", "as it was kept"
_PLACES = {"title": "headline", "lead": "lead", "body": "text"}
_PROMINENCE = {
    "headline": "it is in the headline",
    "subject": "it is what the article is about",
    "list": "it is one title of a list",
    "passing": "it is named in passing",
}


def print_reasoning(
    article: Article,
    judgement: Judgement,
    topics: Sequence[Topic],
    stored: StoredMention | None = None,
    *,
    compared: str = "",
    cited: Mapping[str, StoredMention] | None = None,
    read: str = READ_NOW,
) -> None:
    """Tells why an article was judged so; `topics` are those that it was judged for, `stored` an earlier verdict.

    `compared` says what it was compared with, `read` how the page comes to be here; `cited` are the stored mentions
    that the verdicts name, by their numbers.
    """
    appeared = f"published {moment(article.published)}" if article.published else "without a date"
    out.print(f"[bold]{plain(article.title)}[/]\n[dim]{plain(article.canonical or article.url)}, {appeared}[/]\n")
    if stored is not None:
        print_stored(stored, cited, read)
    out.print(f"[bold]Verdict[/]  {verdict(judgement.verdict.value)}: {_reason(judgement, cited or {})}")
    if compared and judgement.mentions:
        out.print(f"         [dim]{compared}[/]")
    for way in ways_to_another_verdict(judgement):
        out.print(f"         [dim]{plain(way)}[/]")
    out.print(f"[bold]Score[/]    {_score(judgement, topics)}")
    titles = {work.id: work.title for topic in topics if topic.id == judgement.topic for work in topic.works}
    for heading, occurrences in (("Mentions", judgement.mentions), ("Weighed and refused", judgement.refused)):
        if occurrences:
            out.print(f"\n[bold]{heading}[/]")
        for each in occurrences:
            _print_occurrence(article, each, titles)
    if judgement.closest is not None:
        _print_comparison(judgement.closest, judgement, cited or {})


def print_stored(
    stored: StoredMention, cited: Mapping[str, StoredMention] | None = None, read: str | None = READ_NOW
) -> None:
    """Tells what was decided in a round; `read` says how the page was read now, None where it was not."""
    words = f"judged on {moment(stored.found_at)}: {verdict(stored.verdict)}, score {stored.score:.2f}"
    original = (cited or {}).get(str(stored.original_id))
    if stored.reference_id is not None:
        words += f", a copy of {plain(stored.reference_id)}"
    elif original is not None:
        words += f", a copy of {_source(original)}"
    elif stored.original_id is not None:
        words += f", a copy of mention {stored.original_id}"
    if stored.unread is not None:
        words += ", by what its source says of it"
    out.print(f"[bold]Stored[/]   {words}{f'; what follows is the page {read}' if read else ''}")


def print_unread(found: Unread, told: Told | None, *, names_the_film: bool) -> None:
    """Tells what a source says of a page that was not read, how often that was tried, and when it is next."""
    if told is not None:
        said = "names the film" if names_the_film else "does not name the film"
        quoted = plain(" – ".join(each for each in (told.title, told.summary) if each))
        out.print(f"[bold]Source[/]   {said}: “{quoted}”")
    out.print(f"[bold]Page[/]     not read: {_tried(found)}; {_next(found)}")


def _tried(found: Unread) -> str:
    """A page is put off, which is no try, when its outlet cannot be asked."""
    if not found.attempts:
        return f"put off, {plain(found.error)}" if found.error else "not tried yet"
    at_last = f", at last {plain(found.error)}" if found.error else ""
    return f"tried {counted(found.attempts, 'time', 'times')}{at_last}"


def _next(found: Unread) -> str:
    if found.state is PageState.DISCOVERED:
        return f"tried next from {moment(found.next_try)} on" if found.next_try else "tried in the next round"
    if found.state is PageState.QUARANTINED:
        return f"set aside (`veilleur crawl --quarantined {plain(found.page.outlet)}` tries it again)"
    return "not tried again"


def _source(stored: StoredMention) -> str:
    return plain(f"{stored.title} ({stored.outlet}, {moment(stored.published or stored.found_at)}, {stored.url})")


def _named(known: Known | KnownId, cited: Mapping[str, StoredMention]) -> str:
    """A reference by its id, a mention by where and when it appeared."""
    if known.kind == "reference":
        return plain(f"{known.id} ({known.title})")
    stored = cited.get(known.id)
    return _source(stored) if stored else plain(f"{known.title} ({known.url or 'without an address'})")


def _reason(judgement: Judgement, cited: Mapping[str, StoredMention]) -> str:
    if not judgement.mentions:
        weighed = "a title's words stand there, and the evidence is against their naming the film"
        return weighed if judgement.refused else "no watched title stands in headline, lead or text"
    closest = judgement.closest
    if judgement.duplicate_of is not None:
        original = judgement.duplicate_of
        return f"{judgement.containment:.0%} of it stands in {_named(original, cited)}"
    if closest is not None:
        return f"{judgement.novelty:.0%} of it is new beside {_named(closest.known, cited)}"
    return "it names the film, and shares no passage with a known article"


def _score(judgement: Judgement, topics: Sequence[Topic]) -> str:
    if not judgement.mentions and not judgement.refused:
        titles = ", ".join(dict.fromkeys(plain(work.title) for topic in topics for work in topic.works))
        return f"none: there was nothing to weigh (looked for: {titles}, in all spellings)"
    return (
        f"{judgement.score:.2f} for its surest place: how likely the words name the film, from 0 to 1; the line is at"
        " 0.50, where the signals for and against add up to 0"
    )


def _print_occurrence(article: Article, occurrence: Occurrence, titles: dict[str, str]) -> None:
    section = article.section(occurrence.where)
    named = plain(titles.get(occurrence.work, occurrence.work))
    out.print(f"  {occurrence.score:.2f} [bold]{_PLACES[occurrence.where]}[/], {named}: {_marked(section, occurrence)}")
    written = section[occurrence.start : occurrence.end]
    if folded_text(written) != _plainly(written):
        out.print(f"        [dim]written {plain(_visible(written))}, read as {plain(folded_text(written))}[/]")
    for signal in _ordered(occurrence.signals):
        colour = "green" if signal.weight > 0 else "red"
        out.print(f"        [{colour}]{signal.weight:+6.2f}[/] {signal.name}: {plain(signal.detail)}")
    decision = f"counts, and {_PROMINENCE[occurrence.prominence]}" if occurrence.accepted else "does not count"
    out.print(f"        {occurrence.log_odds:+6.2f} in all: {decision}")
    for way in ways_to_change(occurrence):
        out.print(f"               [dim]{plain(way)}[/]")


def _plainly(written: str) -> str:
    """Without what every reader reads over: capitals, accents, the kind of a space."""
    bare = "".join(char for char in unicodedata.normalize("NFD", written.lower()) if not unicodedata.combining(char))
    return re.sub(r"\s", " ", bare)


def _visible(written: str) -> str:
    """With names for the characters that cannot be seen."""
    shown = (char if char.isprintable() else f"[U+{ord(char):04X}]" for char in re.sub(r"\s", " ", written))
    return "".join(shown)


def _ordered(signals: Sequence[Signal]) -> list[Signal]:
    """What weighs anything: for, then against, the weightiest first."""
    return sorted((each for each in signals if each.weight), key=lambda each: (each.weight < 0, -abs(each.weight)))


def _marked(section: str, occurrence: Occurrence) -> str:
    """The place between the words around it."""
    first, last = max(0, occurrence.start - AROUND), occurrence.end + AROUND
    before, after = section[first : occurrence.start], section[occurrence.end : last]
    if first:
        before = "…" + before.partition(" ")[2]
    if last < len(section):
        after = after.rpartition(" ")[0] + "…"
    written = section[occurrence.start : occurrence.end]
    return f"{plain(before)}[bold reverse]{plain(written)}[/]{plain(after)}"


def _print_comparison(closest: Comparison, judgement: Judgement, cited: Mapping[str, StoredMention]) -> None:
    out.print(f"\n[bold]Closest known article[/]  {_named(closest.known, cited)}")
    out.print(
        f"  {closest.containment:.0%} of this article stands in it (containment {closest.containment:.2f}), so that"
        f" {closest.novelty:.0%} is new (novelty {closest.novelty:.2f}); the two have {closest.resemblance:.0%} of all"
        f" their text in common (resemblance {closest.resemblance:.2f})"
    )
    for heading, sentences in (("Shared passages", closest.shared), ("New in it", judgement.added)):
        if sentences:
            out.print(f"\n[bold]{heading}[/]")
        for each in _clipped(sentences):
            out.print(f"  • {plain(each)}")


def _clipped(texts: Sequence[str]) -> Iterator[str]:
    """Long passages by their beginning, their end and their length."""
    for text in texts:
        flat = " ".join(text.split())
        if len(flat) <= LONGEST_QUOTED:
            yield flat
        else:
            half = LONGEST_QUOTED // 2
            first, last = flat[:half].rpartition(" ")[0], flat[-half:].partition(" ")[2]
            yield f"{first} […] {last} ({len(flat.split())} words)"
