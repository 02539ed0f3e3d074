"""What travels through the pipelines."""

from dataclasses import dataclass, field

from matching.model import Article
from storage.model import Page, Revisit


@dataclass(slots=True)
class FetchedPage:
    """A page as the server gave it; `article` is filled by extraction.

    `error` says why it could not be fetched, where headline and summary stand for it; `status` is None then, unless
    the server gave one. `revisit` is the visit that it is the answer of.
    """

    page: Page
    url: str
    status: int | None
    body: bytes = field(repr=False)
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    article: Article | None = field(default=None, repr=False)
    error: str | None = None
    revisit: Revisit | None = None
