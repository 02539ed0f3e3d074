"""`veilleur outlets check`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from crawler.outlets import Outlet, owner_of, stranger
from crawler.probe import ProbeJob, Tried, TriedPage, TriedSource, probe
from crawler.user_agent import USER_AGENT
from scheduler.config import Configuration, chosen_outlets
from scheduler.errors import ConfigurationError
from scheduler.terminal import advance, asking, counted, moment, out, plain, print_json, progress

_WHICH = "an article's or a feed's address is meant"


@dataclass(frozen=True, slots=True)
class Findings:
    """What came back of an outlet, or of a single address (then `asked`)."""

    outlet: Outlet
    asked: str = ""
    sources: list[TriedSource] = field(default_factory=list)
    pages: list[TriedPage] = field(default_factory=list)

    def verdict(self) -> tuple[bool, str]:
        """Whether the outlet can be watched, and why, or why not and what to do."""
        read = [each for each in self.sources if not each.error]
        if not self.sources and not self.pages:
            return False, "no answer in time"
        if self.sources and not read:
            return False, f"no source can be read: {self.sources[0].error}"
        if self.sources and not any(each.items for each in read):
            return False, "its sources name no article"
        return _readable(self.outlet) if self.outlet.treatment == "feed-only" else self._pages_verdict()

    def _pages_verdict(self) -> tuple[bool, str]:
        read = [each for each in self.pages if not each.error]
        feeds = [feed for each in self.pages for feed in each.feeds]
        told = f"{len(read)} of {counted(len(self.pages), 'page', 'pages')} can be read"
        if any(not each.hint for each in read):
            return True, told
        if self.pages and all(each.reserved for each in self.pages):
            return True, "its pages reserve text and data mining: headlines and summaries are matched, nothing else"
        if feeds:
            return True, f"no article, but it declares feeds: {', '.join(feeds[:3])}"
        if read:
            return True, f"{told}, with few words: {self._look()}"
        if not self.pages and any(each.elsewhere for each in self.sources):
            return self.outlet.unwrap, "its links lead to other hosts: name them in `hosts`"
        if not self.pages:
            return True, "its sources can be read; no page was tried"
        return False, f"no page can be read: {self._remedy()}"

    def _look(self) -> str:
        return _WHICH if self.asked else "look whether that is all of it, and else mend `body` and `exclude`"

    def _remedy(self) -> str:
        """What to do when no page can be read."""
        if not any(each.answered or each.wall for each in self.pages):
            return self.pages[0].error
        walls = list(dict.fromkeys(each.wall for each in self.pages if each.answered))
        if len(walls) == 1 and walls[0]:
            feeds_alone = "" if self.asked else '; with treatment = "feed-only" headlines and summaries are matched'
            return f"{walls[0]} stands where they should{feeds_alone}"
        return _WHICH if self.asked else 'mend `body` and `exclude`, or write treatment = "feed-only"'


def _readable(outlet: Outlet) -> tuple[bool, str]:
    return True, "headlines and summaries are matched, nothing else is fetched: " + (outlet.note or "as its entry says")


def check_outlets(configuration: Configuration, wanted: Sequence[str], *, pages: int, as_json: bool) -> int:
    """Tries outlets by id, watched or not, or addresses; all that are watched when none is named; 1 when one is not
    usable."""
    urls = [each for each in wanted if "://" in each]
    ids = [each for each in wanted if "://" not in each]
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise ConfigurationError(f"{url!r} is no address of the web: it must begin with https:// or http://")
    outlets = chosen_outlets(configuration.catalogue, ids, "outlets check") if ids or urls else configuration.outlets
    found = {each.id: Findings(each) for each in outlets}
    for url in urls:
        owner = owner_of(url, configuration.catalogue) or stranger(url)
        found[owner.id] = Findings(owner, url)
    finished = _try(configuration, outlets, urls, found, pages)
    for each in found.values():
        print_json(_record(each)) if as_json else _print(each)
    if not as_json and not finished:
        out.print("[yellow]It took too long and was stopped: what is missing was not tried.[/]")
    return 0 if all(each.verdict()[0] for each in found.values()) else 1


def _try(
    configuration: Configuration, outlets: Sequence[Outlet], urls: Sequence[str], found: dict[str, Findings], pages: int
) -> bool:
    job = ProbeJob(
        tuple(outlets),
        tuple(urls),
        USER_AGENT.format(contact=configuration.contact),
        configuration.allow_networks,
        configuration.tdm,
        pages,
        configuration.catalogue,
    )
    with progress(asking([*(each.id for each in outlets), *urls])) as shown:

        def on_result(tried: Tried) -> None:
            findings = found[tried.outlet]
            if isinstance(tried, TriedSource):
                findings.sources.append(tried)
            else:
                findings.pages.append(tried)
            advance(shown, f"{tried.outlet} {tried.url}")

        return probe(job, on_result)


def _record(findings: Findings) -> dict[str, Any]:
    usable, why = findings.verdict()
    return {
        "id": findings.outlet.id,
        "name": findings.outlet.name,
        "asked": findings.asked or None,
        "usable": usable,
        "why": why,
        "treatment": findings.outlet.treatment,
        "sources": [{**asdict(each), "disputed": findings.outlet.doubt(each.url) or None} for each in findings.sources],
        "pages": [asdict(each) for each in findings.pages],
    }


def _print(findings: Findings) -> None:
    usable, why = findings.verdict()
    mark = "[green]usable[/]" if usable else "[red]not usable[/]"
    out.print(f"[bold]{plain(findings.outlet.id)}[/]  {plain(findings.outlet.name)}  {mark}: {plain(why)}")
    for source in findings.sources:
        doubt = findings.outlet.doubt(source.url)
        out.print(f"  {source.kind.replace('_', ' ')}  {plain(source.url)}\n    {_source(source)}")
        if doubt:
            out.print(f"    [dim]disputed: {plain(doubt)}[/]")
    for page in findings.pages:
        out.print(f"  page  {plain(page.url)}\n    {_page(page)}")
    out.print()


def _source(tried: TriedSource) -> str:
    if tried.error:
        return f"[red]{plain(tried.error)}[/]"
    items = counted(tried.items, "item", "items")
    newest = f", newest {_shown(tried.newest)}" if tried.newest else ", none has a date" if tried.items else ""
    hint = f" [yellow]({plain(tried.hint)})[/]" if tried.hint else ""
    elsewhere = f", {tried.elsewhere} on other hosts" if tried.elsewhere else ""
    return items + newest + elsewhere + hint + _moved(tried.redirected)


def _page(tried: TriedPage) -> str:
    wall = f" [yellow]({plain(tried.wall)})[/]" if tried.wall and tried.wall not in tried.error else ""
    if tried.error:
        return f"[red]{plain(tried.error)}[/]{wall}{_moved(tried.redirected)}"
    published = f", {_shown(tried.published)}" if tried.published else ", no date"
    hint = f" [yellow]({tried.hint})[/]" if tried.hint else ""
    words = counted(tried.words, "word", "words")
    return f"“{plain(tried.title)}”, {words}{published}{hint}{wall}{_moved(tried.redirected)}"


def _shown(written: str | None) -> str:
    return moment(datetime.fromisoformat(written)) if written else "–"


def _moved(address: str | None) -> str:
    return f"\n    [dim]moved to {plain(address)}[/]" if address else ""
