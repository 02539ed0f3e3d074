"""What receivers make of our mails before they read them: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489).

All of it stands in the domain name system, so it can be looked at without sending anything. What cannot be known from
here: whether SPF covers the machine that hands the mails to their receivers in the end.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from alerts.errors import NoAnswer
from alerts.model import DkimOrder
from alerts.records import Records, organisational
from alerts.sealing import public_record

STRICT = ("quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `problem` says what is wrong and how to mend it, empty when all is well."""

    subject: str
    state: str
    problem: str = ""
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class Identity:
    """Under which names mails go out: the domain of From, that of the envelope sender, and the signature's."""

    author: str
    envelope: str
    dkim: DkimOrder | None
    one_click: bool = False


def standing(identity: Identity, records: Records) -> list[Finding]:
    """Everything that a receiver would look up; one note where no name server answers. Raises SecretError."""
    try:
        return list(_looked_up(identity, records))
    except NoAnswer as error:
        return [Finding("sender", identity.author, f"SPF, DKIM and DMARC were not looked at: {error}", fatal=False)]


def _looked_up(identity: Identity, records: Records) -> Iterator[Finding]:
    for domain in dict.fromkeys((identity.author, identity.envelope)):
        if not records.takes_mail(domain):
            yield Finding("sender", domain, "no mail can be sent there: replies and bounces are lost", fatal=False)
    spf = _spf(identity.envelope, records)
    yield spf
    signature = _dkim(identity, records)
    yield signature
    passes = {
        "spf": identity.envelope if spf.state else "",
        "dkim": identity.dkim.domain if identity.dkim and signature.state else "",
    }
    yield _dmarc(identity.author, passes, records)


def _spf(domain: str, records: Records) -> Finding:
    subject = f"SPF {domain}"
    found = [each for each in records.texts(domain) if each.lower().split(" ")[0] == "v=spf1"]
    if not found:
        remedy = 'no record says who may send for it: publish a TXT record such as "v=spf1 mx include:... -all"'
        return Finding(subject, "", remedy, fatal=False)
    if len(found) > 1:
        return Finding(subject, "", f"{len(found)} records: receivers take more than one as none (RFC 7208): keep one")
    terms = found[0].lower().split()
    if "all" in terms or "+all" in terms:
        return Finding(subject, found[0], '"+all" lets everybody send for it: write "-all" or "~all"', fatal=False)
    return Finding(subject, found[0])


def _dkim(identity: Identity, records: Records) -> Finding:
    order = identity.dkim
    if order is None:
        why = "a one-click unsubscription must be signed (RFC 8058)" if identity.one_click else "receivers ask for it"
        return Finding("DKIM", "", f"mails are not signed here: {why}; see [mail.dkim], or sign at the server", False)
    name = f"{order.selector}._domainkey.{order.domain}"
    wanted = public_record(order)
    found = records.texts(name)
    if not found:
        return Finding(f"DKIM {name}", "", f"no record: publish the TXT record {wanted}")
    if not any(_tags(each).get("p", "").replace(" ", "") == _tags(wanted)["p"] for each in found):
        return Finding(f"DKIM {name}", "", f"the record holds another key: publish the TXT record {wanted}")
    return Finding(f"DKIM {name}", "the record holds our key")


def _dmarc(author: str, passes: Mapping[str, str], records: Records) -> Finding:
    domain = author
    policy = _policy(author, records)
    if not policy and organisational(author) != author:
        domain = organisational(author)
        policy = _policy(domain, records)
    subject = f"DMARC {domain}"
    if not policy:
        remedy = 'no policy, and large receivers ask for one: publish at _dmarc a TXT record "v=DMARC1; p=none"'
        return Finding(subject, "", remedy, fatal=False)
    wanted = policy.get("p", "none").lower()
    if domain != author:
        wanted = policy.get("sp", wanted).lower()
    aligned = [kind for kind, named in passes.items() if named and _is_aligned(author, named, policy.get(f"a{kind}"))]
    if aligned:
        return Finding(subject, f"p={wanted}, aligned by {' and '.join(map(str.upper, aligned))}")
    remedy = (
        f"neither SPF nor DKIM speaks for {author}: sign with [mail.dkim] for it, or send with an envelope sender of it"
    )
    return Finding(subject, f"p={wanted}", remedy, fatal=wanted in STRICT)


def _policy(domain: str, records: Records) -> dict[str, str]:
    """The tags of the only DMARC record; none when there are several (RFC 7489 section 6.6.3)."""
    found = [each for each in records.texts(f"_dmarc.{domain}") if each.replace(" ", "").startswith("v=DMARC1")]
    return _tags(found[0]) if len(found) == 1 else {}


def _is_aligned(author: str, named: str, mode: str | None) -> bool:
    return author == named if mode == "s" else organisational(author) == organisational(named)


def _tags(record: str) -> dict[str, str]:
    """A list of tags (RFC 6376 section 3.2)."""
    pairs = (each.partition("=") for each in record.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}
