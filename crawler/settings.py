"""Scrapy's settings: its defaults favour reach; these favour politeness and surviving hostile input."""

from crawler.user_agent import USER_AGENT

BOT_NAME = "veilleur"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
USER_AGENT = USER_AGENT.format(contact="https://veilleur.example")

# Politeness: each outlet is one download slot (see SourceSpider), asked one thing at a time.
CONCURRENT_REQUESTS = 10_000  # counts what waits in slots too: a smaller number lets one slow outlet keep others out
CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_ITEMS = (
    2  # Scrapy makes as many tasks for every answer, and an answer here has one item or hundreds of links
)
DOWNLOAD_DELAY = 2
DOWNLOAD_DELAY_JITTER = 0.5
RETRY_TIMES = 1
RETRY_GIVE_UP_LOG_LEVEL = "INFO"  # what failed is an event of the round
RETRY_HTTP_CODES = [408, 500, 502, 504, 522, 524]  # 429 and 503 belong to crawler.patience

# Limits against hostile input.
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024
DOWNLOAD_WARNSIZE = 5 * 1024 * 1024
DOWNLOAD_FAIL_ON_DATALOSS = False
DOWNLOAD_VERIFY_CERTIFICATES = True
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 4 * DOWNLOAD_MAXSIZE  # a large page that is being read must not stop the others
REDIRECT_MAX_TIMES = 5
COMPRESSION_ENABLED = True  # gzip, deflate, br, zstd: unpacked in steps, up to DOWNLOAD_MAXSIZE
REFERRER_POLICY = "no-referrer"  # a feed's address may be private
DOWNLOAD_HANDLERS = {
    "file": None,
    "data": None,
    "s3": None,
    "ftp": None,
    "http": "crawler.patience.PatientHandler",
    "https": "crawler.patience.PatientHandler",
}
TWISTED_DNS_RESOLVER = "crawler.resolver.GlobalResolver"
DNS_TIMEOUT = 10
DNSCACHE_ENABLED = True
REACTOR_THREADPOOL_MAXSIZE = 32  # a name server that does not answer holds a thread longer than DNS_TIMEOUT

# Of Scrapy's own components those that work here: no doors besides the program's own, no cookies, no proxies. What a
# project disables by None is imported all the same, which was a quarter of what an empty round cost.
EXTENSIONS_BASE = {
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.feedexport.FeedExporter": 0,  # for who runs a spider by itself
}
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
}
SPIDER_MIDDLEWARES_BASE = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": 25,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": 50,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": 700,
}

DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.addresses.AddressMiddleware": 40,
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "crawler.middlewares.reservations.ReservationsMiddleware": 110,
    "crawler.middlewares.saved.SavedPagesMiddleware": 950,
}
ITEM_PIPELINES = {
    "crawler.pipelines.ExtractionPipeline": 200,
    "crawler.pipelines.VerdictPipeline": 300,
}
LOG_LEVEL = "WARNING"
WARN_ON_GENERATOR_RETURN_VALUE = False  # parses the source of each callback, for what mypy refuses already
MEMUSAGE_ENABLED = True
