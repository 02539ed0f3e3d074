"""The pages that readers leave by: served beside the daemon, or by a command of their own."""

import logging
from typing import TYPE_CHECKING

from alerts.errors import AlertsError
from scheduler.errors import ConfigurationError
from scheduler.jobs import Jobs

if TYPE_CHECKING:
    from alerts.serving import PageServer

logger = logging.getLogger(__name__)


class Pages:
    """Keeps the pages served, if the configuration has a public address; whatever fails here ends nothing else."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._server: PageServer | None = None
        self._complaint = ""

    def keep_up(self) -> None:
        """Serves them when they are not served; says once why that cannot be."""
        web = self._jobs.configuration.outward.web
        if web is None or (self._server is not None and self._server.is_running):
            return
        try:
            self._server = started(self._jobs)
            self._complaint = ""
            logger.info("readers can leave at %s, served at %s port %s", web.public_url, web.bind, self._server.port)
        except AlertsError as error:
            if str(error) != self._complaint:
                logger.error("the pages to unsubscribe by are not served: %s", error)
            self._complaint = str(error)

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()


def started(jobs: Jobs) -> "PageServer":
    """The pages, served from now on. Raises ConfigurationError without a public address, AlertsError when they cannot
    be served."""
    from alerts.serving import PageServer
    from alerts.web import Office, leaving_app

    configuration = jobs.configuration
    web = configuration.outward.web
    if web is None:
        raise ConfigurationError(
            'web.public_url is not set: write the address by which readers reach this: "https://..."'
        )
    languages = {each.email: each.language for each in configuration.subscribers}
    server = PageServer(
        leaving_app(Office(jobs.database, jobs.tokens, languages, jobs.now, web.hosts)), web.bind, web.port
    )
    server.start()
    return server
