"""What a Scrapy engineer finds in a checkout."""

import re
import subprocess
import sys
from pathlib import Path

from scrapy.settings import Settings, default_settings

from crawler import settings
from tests.support.rounds import ROOT

ASK_ANYTHING = """
import sys
import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from crawler.crawl_settings import ledgerless_settings

class Spider(scrapy.Spider):
    name = "anything"

    async def start(self):
        for url in sys.argv[1:]:
            yield scrapy.Request(url, self.answered, errback=self.failed)

    def answered(self, response):
        print(response.url, "was read")

    def failed(self, failure):
        print(failure.value)

process = AsyncCrawlerProcess(ledgerless_settings("Veilleur", (), 30, DOWNLOADER_MIDDLEWARES={}, DOWNLOAD_DELAY=0))
process.crawl(Spider)
process.start()
print("loaded:", *{"aiohttp", "requests", "tldextract"} & sys.modules.keys())
"""


def test_what_is_not_of_the_web_is_not_downloaded_though_no_middleware_refuses_it(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_text("secret")
    urls = [canary.as_uri(), "data:text/html,secret", "ftp://127.0.0.1:9/canary", "s3://canary/secret"]
    command = [sys.executable, "-c", ASK_ANYTHING, *urls]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    refused = re.findall(r"^Unsupported URL scheme '(\w+)'", told, re.MULTILINE)
    assert sorted(refused) == ["data", "file", "ftp", "s3"]
    assert "was read" not in told
    assert told.endswith("loaded:\n"), "what a crawl loads is most of what one with nothing to read costs"


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
    effective = Settings()  # what ours leave out, Scrapy's own add
    effective.setmodule(settings)
    handlers = effective.getwithbase("DOWNLOAD_HANDLERS")
    assert sorted(scheme for scheme, handler in handlers.items() if handler) == ["http", "https"]


def test_of_scrapys_own_components_those_work_that_were_chosen() -> None:
    """No door besides the program's own, no cookies, no proxies; what Scrapy adds one day is to be decided on."""
    left_out = set[str]()
    for name in ("EXTENSIONS_BASE", "DOWNLOADER_MIDDLEWARES_BASE", "SPIDER_MIDDLEWARES_BASE"):
        ours, theirs = getattr(settings, name), getattr(default_settings, name)
        assert ours.items() <= theirs.items()
        left_out |= {path.rpartition(".")[2] for path in theirs.keys() - ours.keys()}
    assert left_out == {
        *("TelnetConsole", "RemoteControl", "MemoryDebugger", "LogStats", "SpiderState", "AutoThrottle"),
        *("OffsiteMiddleware", "RobotsTxtMiddleware", "HttpAuthMiddleware", "MetaRefreshMiddleware"),
        *("CookiesMiddleware", "HttpProxyMiddleware", "DownloaderStats", "HttpCacheMiddleware"),
        *("UrlLengthMiddleware", "DepthMiddleware", "MetaCopyDetectionMiddleware"),
    }
