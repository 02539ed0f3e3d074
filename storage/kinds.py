"""The kinds of source: a module of its own, for the processes that fetch and read pages load no rows."""

from typing import Literal

SourceKind = Literal["feed", "news_sitemap", "listing"]
