"""What a Scrapy engineer finds in a checkout."""

import subprocess
import sys

from scrapy.settings import Settings

from crawler import settings
from tests.support.rounds import ROOT


def test_scrapy_lists_the_three_spiders() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "scrapy", "list"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert listed.stdout.split() == ["feeds", "listings", "news_sitemaps"]


def test_the_settings_favour_politeness_and_survival() -> None:
    assert settings.CONCURRENT_REQUESTS_PER_DOMAIN == 1
    assert settings.DOWNLOAD_DELAY >= 2
    assert settings.DOWNLOAD_MAXSIZE == 10 * 1024 * 1024
    assert settings.DOWNLOAD_TIMEOUT == 30
    assert settings.REDIRECT_MAX_TIMES == 5
    assert settings.DOWNLOAD_VERIFY_CERTIFICATES
    assert not settings.COOKIES_ENABLED
    assert not settings.HTTPPROXY_ENABLED
    assert not settings.METAREFRESH_ENABLED
    assert not settings.TELNETCONSOLE_ENABLED
    assert not settings.REMOTE_CONTROL_ENABLED
    effective = Settings()  # what ours leave out, Scrapy's own add
    effective.setmodule(settings)
    handlers = effective.getwithbase("DOWNLOAD_HANDLERS")
    assert sorted(scheme for scheme, handler in handlers.items() if handler) == ["http", "https"]
