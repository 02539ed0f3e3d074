"""`veilleur extract`."""

from scheduler.commands.pages import PAGELESS, read_pages
from scheduler.config import Configuration
from scheduler.reports import extracted_page
from scheduler.terminal import err, out, plain, print_json, published


def extract_pages(configuration: Configuration, paths: list[str], *, as_json: bool) -> int:
    """Shows what extraction reads; 1 when no page could be read."""
    read = unreadable = 0
    for page in read_pages(configuration, paths):
        if page.article is None:
            unreadable += 1
            err.print(f"[red]{plain(page.saved.file)}: {plain(page.error)}[/]")
            continue
        read += 1
        article = page.article
        if as_json:
            print_json(extracted_page(article, str(page.saved.file)))
            continue
        out.print(f"[bold]{plain(article.title)}[/]")
        out.print(f"[dim]{plain(article.canonical or article.url)}[/]")
        authors = ", ".join(article.authors) or "no author"
        out.print(
            f"[dim]{published(article.published)} · {plain(authors)} · {plain(article.language or 'no language')}[/]"
        )
        if article.lead:
            out.print(f"\n[italic]{plain(article.lead)}[/]")
        for paragraph in article.text.split("\n\n"):
            out.print(f"\n{plain(paragraph)}")
        out.print()
    if not read + unreadable:
        err.print(f"[red]{plain(', '.join(paths))}: {PAGELESS}[/]")
    return 0 if read else 1
