"""`veilleur record`."""

from crawler.fetch import fetch
from scheduler.commands.pages import fetch_job
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError
from scheduler.terminal import err, out, plain, progress


def record(configuration: Configuration, urls: list[str], into: str) -> int:
    """Saves live pages below `into`; 1 when one could not be had."""
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise ConfigurationError(f"{url!r} is no address: it must begin with https:// or http://")
    with progress("fetching"):
        results = fetch(fetch_job(configuration, urls, into))
    for each in results:
        if each.file is not None:
            out.print(f"{plain(each.url)} -> {plain(each.file)}")
        else:
            err.print(f"[red]{plain(each.url)}: {plain(each.error)}[/]", soft_wrap=True)
    return 0 if all(each.file for each in results) else 1
