"""`veilleur record`."""

from crawler.fetch import FetchJob, fetch
from crawler.job import USER_AGENT
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError
from scheduler.terminal import err, out, plain, progress


def record(configuration: Configuration, urls: list[str], into: str) -> int:
    """Saves live pages below `into`; 1 when one could not be had."""
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise ConfigurationError(f"{url!r} is no address: it must begin with https:// or http://")
    agent = USER_AGENT.format(contact=configuration.contact)
    job = FetchJob(urls, into, agent, list(configuration.allow_networks), configuration.tdm)
    with progress("fetching"):
        results = fetch(job)
    for each in results:
        if each.file is not None:
            out.print(f"{plain(each.url)} -> {plain(each.file)}")
        else:
            err.print(f"[red]{plain(each.url)}: {plain(each.error)}[/]", soft_wrap=True)
    return 0 if all(each.file for each in results) else 1
