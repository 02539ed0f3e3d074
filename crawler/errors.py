"""What can go wrong in collecting, beyond what is counted against a source.

CrawlerError
├── CatalogueError   an outlet's entry is wrong: the message names the place, the key, what was read, the remedy
├── RefusedAddress   an address that must not be fetched
├── UnreadableSource what a source answered is no feed, sitemap or listing
└── UnreadablePage   a page's bytes cannot be read as a page
"""


class CrawlerError(Exception):
    """Something about an outlet, a source or a page is wrong; the message says what."""


class CatalogueError(CrawlerError, ValueError):
    """An outlet's entry in a catalogue or in the configuration is wrong."""


class RefusedAddress(CrawlerError):
    """An address that must not be fetched: another outlet's, a private network's, an odd port or scheme."""


class UnreadableSource(CrawlerError):
    """A source answered with something that is no feed, sitemap or listing."""


class UnreadablePage(CrawlerError):
    """A page's bytes cannot be read as a page."""
