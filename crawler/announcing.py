"""What a source says of a page stands for its article where the page itself does not: headline and summary."""

from crawler.items import FetchedPage
from crawler.walls import WALLS, hides, what_is
from matching.model import Article
from storage.model import Page, Told


def announced(page: Page, told: Told, status: int | None = None, error: str | None = None) -> FetchedPage:
    """The article that the source tells of; `error` says why its page is not read."""
    article = Article(
        page.url, told.title, "", lead=told.summary, outlet=page.outlet, published=told.published, language="fr"
    )
    return FetchedPage(page, page.url, status, b"", article=article, error=error)


def hidden(item: FetchedPage) -> str | None:
    """Why what its server sent is not the article: a wall, a "not found" that says 200, nothing to read."""
    kind = what_is(item.body)
    return no_article(kind) if hides(kind, item.body) else None


def no_article(kind: str) -> str:
    return f"the answer is no article but {WALLS.get(kind, kind)}"
