"""What can go wrong in collecting, beyond what is counted against a source.

CrawlerError
├── CatalogueError   an outlet's entry is wrong: the message names the place, the key, what was read, the remedy
├── RefusedAddress   an address that must not be fetched
├── UnreadableSource what a source answered is no feed, sitemap or listing
├── UnreadablePage   a page's bytes cannot be read as a page
│   ├── Walled       a wall stands where a page's article should
│   ├── NoArticle    a page that can be read and is no article: a front page or a listing
│   └── DeadlyPage   a page that ends every process that reads it
├── UnreadableArchive a file is no web archive, or a process that read it died
└── ExtractionUnavailable  the process that reads pages does not start
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


class Walled(UnreadablePage):
    """A wall stands where a page's article should."""


class NoArticle(UnreadablePage):
    """A page that can be read and is none to judge: a front page, or one that lists articles."""


class DeadlyPage(UnreadablePage):
    """A page that ended or hung the process that read it, on the plain path too."""


class ExtractionUnavailable(CrawlerError):
    """The process that reads pages does not start; no page is to blame."""


class UnreadableArchive(CrawlerError):
    """A file is no web archive, or cannot be read on."""
