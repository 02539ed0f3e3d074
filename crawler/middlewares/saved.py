"""Replay: answers come from a folder of saved pages, HOST/PATH, and never from the network."""

import mimetypes
from pathlib import Path
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from crawler.saved import find_saved


class SavedPagesMiddleware:
    """Active when SAVED_PAGES names a folder; what is not saved there is answered 404."""

    def __init__(self, folder: str | None) -> None:
        if not folder:
            raise NotConfigured
        self._folder = Path(folder)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings.get("SAVED_PAGES"))

    def process_request(self, request: Request) -> Response:
        file = find_saved(self._folder, request.url)
        if file is None:
            return Response(request.url, status=404, request=request)
        body = file.read_bytes()
        kind = mimetypes.guess_type(file.name)[0]
        headers = Headers({"Content-Type": kind} if kind else {})
        response_class = responsetypes.from_args(headers=headers, url=request.url, body=body)
        return response_class(request.url, status=200, headers=headers, body=body, request=request)
