"""What a source says of a page stands for its article where the page itself does not: headline and summary."""

from crawler.errors import Walled
from crawler.items import FetchedPage
from crawler.samples import Samples
from crawler.walls import OF_THE_SITE, hides, in_words, what_is
from matching.model import Article
from storage.model import Page, Told


def announced(page: Page, told: Told, status: int | None = None, error: str | None = None) -> FetchedPage:
    """The article that the source tells of; `error` says why its page is not read."""
    article = Article(
        page.url, told.title, "", lead=told.summary, outlet=page.outlet, published=told.published, language="fr"
    )
    return FetchedPage(page, page.url, status, b"", article=article, error=error)


def in_its_stead(
    item: FetchedPage, words: Told | None, samples: Samples, kind: str | None, why: str | None = None
) -> FetchedPage | None:
    """What its source says, in the stead of a page that names no watched work and is no article; None where it is one,
    or its source names none either.

    `words` are what its source says where that names a watched work, `kind` is what the page is, None when it was not
    looked at, `why` says why it is no article, where that is known. Raises Walled at a wall that is to be tried again:
    a consent page or a challenge says nothing of the article, and its source's words are judged when it stays.
    """
    is_listing = why is not None and kind == "empty"  # its words stand in its links
    if words is not None:
        kind = what_is(item.body)
        why = why or (in_words(kind) if hides(kind, item.body) else None)
    wall = samples.wall(item.page, item.body, kind) if item.body and not is_listing else None
    if words is not None and why and wall not in OF_THE_SITE:
        return announced(item.page, words, item.status, why)
    if wall:
        raise Walled(in_words(wall))
    return None
