"""No request leaves its outlet: links, redirects, robots.txt and sources all pass here."""

from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from crawler.addresses import check_address
from crawler.errors import RefusedAddress


class AddressMiddleware:
    """Refuses a request that is not http(s) on a host of the outlet that it is made for (meta "hosts")."""

    def process_request(self, request: Request) -> None:
        try:
            check_address(request.url, request.meta.get("hosts", ()))
        except RefusedAddress as error:
            raise IgnoreRequest(f"refused: {error}") from error
