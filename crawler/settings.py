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
ROBOTSTXT_OBEY = False  # middlewares.robots obeys it, as RFC 9309 says
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
METAREFRESH_ENABLED = False
COOKIES_ENABLED = False
REFERRER_POLICY = "no-referrer"  # a feed's address may be private
HTTPPROXY_ENABLED = False
URLLENGTH_LIMIT = 2000
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

# No doors besides the program's own.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # hosts are checked per outlet instead
    "crawler.middlewares.addresses.AddressMiddleware": 40,
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "crawler.middlewares.reservations.ReservationsMiddleware": 110,
    "crawler.middlewares.saved.SavedPagesMiddleware": 950,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,  # no source has a password
}
SPIDER_MIDDLEWARES = {  # what Veilleur does without: each is a step more for every answer
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,  # check_address bounds them
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,  # pages lead nowhere
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
DOWNLOADER_STATS = False
ITEM_PIPELINES = {
    "crawler.pipelines.ExtractionPipeline": 200,
    "crawler.pipelines.VerdictPipeline": 300,
}
LOG_LEVEL = "WARNING"
LOGSTATS_INTERVAL = 0
WARN_ON_GENERATOR_RETURN_VALUE = False  # parses the source of each callback, for what mypy refuses already
MEMUSAGE_ENABLED = True
