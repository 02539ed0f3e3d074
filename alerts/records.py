"""What the domain name system says of a domain: its records, asked with dnspython."""

from collections.abc import Sequence

import dns.exception
import dns.resolver

from alerts.errors import NoAnswer
from alerts.name_servers import place_of

LONGEST = 5.0  # seconds for an answer


class Records:
    """Asks the system's name servers, or the one at `name_server`: "192.0.2.1", "192.0.2.1:53", "[2001:db8::1]:53"."""

    def __init__(self, name_server: str | None = None, *, patience: float = LONGEST) -> None:
        self._resolver: dns.resolver.Resolver | None = None
        try:
            self._resolver = dns.resolver.Resolver(configure=name_server is None)
        except dns.resolver.NoResolverConfiguration:
            return
        self._resolver.lifetime = patience
        if name_server is not None:
            self._resolver.nameservers, self._resolver.port = place_of(name_server)

    def texts(self, name: str) -> list[str]:
        """The TXT records, each whole (RFC 7208 section 3.3); none where there is no such name.

        Raises NoAnswer when no name server answers.
        """
        return [b"".join(each.strings).decode("utf-8", "replace") for each in self._asked(name, "TXT")]

    def takes_mail(self, name: str) -> bool:
        """Whether mail can be sent to the domain: a mail exchanger that is none of RFC 7505, or else an address."""
        exchangers = self._asked(name, "MX")
        if exchangers:
            return any(each.exchange.to_text() != "." for each in exchangers)
        return bool(self._asked(name, "A") or self._asked(name, "AAAA"))

    def _asked(self, name: str, kind: str) -> Sequence[dns.resolver.Answer]:
        if self._resolver is None:
            raise NoAnswer("this machine has no name server: name one in mail.name_server")
        try:
            return list(self._resolver.resolve(name, kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise NoAnswer(
                f"no name server answers for {name} ({type(error).__name__}): is this machine on the network?"
                " mail.name_server names another one"
            ) from error


def organisational(domain: str) -> str:
    """The domain below a public suffix: what an alignment goes by (RFC 7489 section 3.2)."""
    from tldextract import TLDExtract  # costs every command a twentieth of a second

    suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None)  # the list that comes with it: nothing is fetched
    return suffixes(domain).top_domain_under_public_suffix or ".".join(domain.split(".")[-2:])
