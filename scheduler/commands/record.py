"""`veilleur record`."""

from crawler.fetch import fetch
from crawler.walls import in_words, wall_in
from scheduler.commands.pages import fetch_job
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError
from scheduler.terminal import err, out, plain, progress


def record(configuration: Configuration, urls: list[str], into: str) -> int:
    """Saves live pages below `into`, and says which are walls; 1 when one could not be had."""
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise ConfigurationError(f"{url!r} is no address: it must begin with https:// or http://")
    with progress("fetching"):
        results = fetch(fetch_job(configuration, urls, into))
    for each in results:
        if each.file is not None:
            out.print(f"{plain(each.url)} -> {plain(each.file)}")
            if kind := wall_in(each.file.read_bytes()):
                err.print(f"[yellow]{plain(each.url)}: {in_words(kind)}[/]", soft_wrap=True)
        else:
            err.print(f"[red]{plain(each.url)}: {plain(each.error)}[/]", soft_wrap=True)
    return 0 if all(each.file for each in results) else 1
