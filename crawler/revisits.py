"""Visits to articles that carried a mention: what they have become is a revision of them, never a copy, never news."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from crawler.addresses import address_key
from crawler.items import FetchedPage
from crawler.source_book import SourceBook
from crawler.walls import OF_THE_SITE, WALLS, what_is
from matching.judge import Judge
from matching.model import Article
from matching.revision import Change, changes, is_lost, same_article
from storage import articles, revisits
from storage.model import Revisit

logger = logging.getLogger(__name__)

SECOND_LOOK = timedelta(hours=3)  # after a visit that did not find the article: a server's own fault is over by then
WHOLE_OUTLET = timedelta(days=1)  # the same where several articles of an outlet are missed and none is found
THIRD_LOOK = timedelta(days=1)  # after it was found to be gone: what was wrong to say is set right
GRACE = WHOLE_OUTLET + THIRD_LOOK + timedelta(days=2)  # beyond the last age, for visits and further looks that fail
AGAIN = timedelta(hours=1)  # after a visit that gave nothing
MOST = 200  # visits in a round


class Revisits:
    """The round's account of its visits, in the database of `book`; `judges` say whether a work is still named."""

    def __init__(self, book: SourceBook, judges: Sequence[Judge]) -> None:
        self._book = book
        self._judges = judges
        self._missed: defaultdict[str, list[Revisit]] = defaultdict(list)
        self._outlets_found: set[str] = set()

    def first(self, item: FetchedPage) -> datetime | None:
        """When an article that was just found is visited for the first time; never where its page was not read."""
        if not item.body:
            return None
        return revisits.next_visit(self._book.now(), self._book.now(), self._book.job.revisit)

    def due(self) -> list[Revisit]:
        """The articles to visit now; each is put off first, so that what kills the round cannot kill the next."""
        job, now = self._book.job, self._book.now()
        if not job.revisit:
            return []
        outlets = [outlet.id for outlet in job.outlets if outlet.treatment == "pages"]
        with self._book.writing() as connection:
            found = revisits.due(connection, outlets, now, MOST)
            revisits.put_off(connection, [each.article_id for each in found], now + AGAIN)
        return found

    def unchanged(self, revisit: Revisit) -> None:
        """Its server answered 304."""
        self._outlets_found.add(revisit.page.outlet)
        self._book.counts["revisits"] += 1
        with self._book.writing() as connection:
            revisits.plan(connection, revisit, self._next(revisit))

    def gone(self, revisit: Revisit, *, is_certain: bool = False) -> None:
        """It is not where it stood; unless that `is_certain`, it waits for `close` what this says of it."""
        self._book.counts["revisits"] += 1
        if is_certain:
            with self._book.writing() as connection:
                self._gone(connection, revisit)
        else:
            self._missed[revisit.page.outlet].append(revisit)

    def close(self) -> None:
        """Settles what was not found: it is gone when it was not found hours ago either, or a day ago where several of
        the outlet's articles are missed and the round found none, which then is likely to be the site's fault."""
        if self._book.failure is not None:  # they are visited again soon
            return
        while self._missed:
            outlet, missed = self._missed.popitem()
            with self._book.writing() as connection:
                missing = revisits.missing(connection, outlet) | {each.article_id for each in missed}
                is_alone = len(missing) == 1 or outlet in self._outlets_found
                for revisit in missed:
                    self._miss(connection, revisit, SECOND_LOOK if is_alone else WHOLE_OUTLET)

    def _miss(self, connection: Connection, revisit: Revisit, patience: timedelta) -> None:
        is_told = revisits.state(connection, revisit.article_id) == "gone"
        if is_told or revisits.miss(connection, revisit, self._book.now(), patience):
            self._gone(connection, revisit)

    def _gone(self, connection: Connection, revisit: Revisit) -> None:
        now, planned = self._book.now(), self._next(revisit)
        if revisits.state(connection, revisit.article_id) != "gone":
            title = articles.said(connection, revisit.article_id).title
            revisits.log(connection, revisit.article_id, "gone", now, before=title)
            planned = min(now + THIRD_LOOK, planned or now + THIRD_LOOK)
        revisits.plan(connection, revisit, planned)

    def failed(self, revisit: Revisit, error: str) -> None:
        """It could not be had or read this time; it is visited again soon, for some days beyond the last age."""
        logger.info("article %s %s was not visited: %s", revisit.article_id, revisit.page.url, error)
        now = self._book.now()
        if now + AGAIN > revisit.first_seen + max(self._book.job.revisit) + GRACE:
            with self._book.writing() as connection:
                revisits.plan(connection, revisit, None)

    def no_article(self, item: FetchedPage, error: str) -> None:
        """What its server shows is no article: it leads to a front page, which may ask for consent, shows a list for a
        while, or a wall with many links."""
        assert item.revisit is not None
        page, is_front_page = what_is(item.body), address_key(item.url).endswith("/")
        if page == "soft_404" or (self._has_moved(item) and (is_front_page or page not in WALLS)):
            self.gone(item.revisit)
        else:
            self.failed(item.revisit, error)

    def read(self, item: FetchedPage) -> None:
        """Compares what the page says with what it said last."""
        assert item.revisit is not None
        assert item.article is not None
        revisit, article, page = item.revisit, item.article, what_is(item.body)
        moved = self._has_moved(item)
        with self._book.writing() as connection:
            before = articles.said(connection, revisit.article_id)
        differs = not same_article(before, article)
        if page in OF_THE_SITE or (page == "empty" and differs and not moved):
            self.failed(revisit, page)
        elif page == "soft_404" or (moved and differs and page != "login"):
            self.gone(revisit)
        else:
            walled = page == "login" or is_lost(before, article)
            self._compare(item, before, walled=walled, moved=moved and not differs)

    def _has_moved(self, item: FetchedPage) -> bool:
        assert item.revisit is not None
        return address_key(item.url) != item.revisit.page.url_key

    def _compare(self, item: FetchedPage, before: Article, *, walled: bool, moved: bool) -> None:
        assert item.revisit is not None
        assert item.article is not None
        revisit, article, now = item.revisit, item.article, self._book.now()
        self._outlets_found.add(revisit.page.outlet)
        with self._book.writing() as connection:
            state = revisits.state(connection, revisit.article_id)
            found: list[Change] = []
            if moved and revisits.last_address(connection, revisit.article_id) != item.url:
                revisits.log(connection, revisit.article_id, "moved", now, before=before.title, after=item.url)
            if walled:
                found += ["walled"] if state != "walled" else []
            else:
                found += ["restored"] if state in ("gone", "walled") else []
                found += self._changes(connection, revisit.article_id, before, article)
            for kind in found:
                revisits.log(connection, revisit.article_id, kind, now, before=before.title, after=article.title)
            if not walled and found:
                revisits.keep(connection, revisit.article_id, article, now)
            revisits.validators(connection, revisit.page.id, item.etag, item.last_modified)
            revisits.plan(connection, revisit, self._next(revisit))
        self._book.counts.update({"revisits": 1, "revisions": len(found)})

    def _changes(self, connection: Connection, article_id: int, before: Article, article: Article) -> list[Change]:
        """What differs; where the work is named no more, that is what a correction came to."""
        found = changes(before, article)
        was_mentioned = not revisits.is_unmentioned(connection, article_id)
        is_mentioned = any(judge.concerns(article) for judge in self._judges)
        if was_mentioned == is_mentioned or not found:
            return found
        kept = [kind for kind in found if kind != "corrected"]
        return [*kept, "mentioned" if is_mentioned else "unmentioned"]

    def _next(self, revisit: Revisit) -> datetime | None:
        return revisits.next_visit(revisit.first_seen, self._book.now(), self._book.job.revisit)
