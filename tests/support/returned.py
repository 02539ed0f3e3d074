"""Messages that come back, as mail servers write them; every name in them is invented."""

REPORT = """Return-Path: <>
Delivered-To: {to}
From: Mail Delivery System <MAILER-DAEMON@poste.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{id}@poste.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="limite"

--limite
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--limite
Content-Type: message/delivery-status

Reporting-MTA: dns; poste.example

Final-Recipient: rfc822; {about}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnosis}

--limite
Content-Type: message/rfc822

From: veilleur@fil.example
To: quelqu-un-d-autre@victime.example
Subject: Code 8

--limite--
"""

PLAIN = """Return-Path: <>
X-Original-To: {to}
From: MAILER-DAEMON@poste.example
Subject: failure notice
Message-ID: <{id}@poste.example>

Hi. This is the mail program at poste.example.
{diagnosis}
"""

AWAY = """Return-Path: {path}
To: {to}
From: Anne <anne@distributeur.example>
Subject: Absente jusqu'au 12
Auto-Submitted: auto-replied
Message-ID: <{id}@distributeur.example>

Je suis absente. 550 5.1.1 est le code du portail.
"""

COMPLAINT = """Return-Path: <plaintes@poste.example>
To: {to}
From: plaintes@poste.example
Subject: complaint
Message-ID: <{id}@poste.example>
Content-Type: multipart/report; report-type=feedback-report; boundary="limite"

--limite
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Poste/1

--limite--
"""

WISH = """Return-Path: <anne@distributeur.example>
To: {to}
From: anne@distributeur.example
Subject: {subject}
Message-ID: <{id}@distributeur.example>

"""


def report(
    to: str,
    status: str = "5.1.1",
    *,
    action: str = "failed",
    diagnosis: str = "550 no such user",
    about: str = "anne@distributeur.example",
    number: int = 1,
) -> bytes:
    """An RFC 3464 report."""
    return REPORT.format(
        to=to, status=status, action=action, diagnosis=diagnosis, about=about, id=f"r{number}"
    ).encode()


def plain(to: str, diagnosis: str, *, number: int = 1) -> bytes:
    """A bounce without a report."""
    return PLAIN.format(to=to, diagnosis=diagnosis, id=f"p{number}").encode()


def away(to: str, *, path: str = "<>", number: int = 1) -> bytes:
    """An answer while somebody is away."""
    return AWAY.format(to=to, path=path, id=f"a{number}").encode()


def complaint(to: str, *, number: int = 1) -> bytes:
    return COMPLAINT.format(to=to, id=f"c{number}").encode()


def wish(subject: str, to: str = "veilleur@fil.example", *, number: int = 1) -> bytes:
    """A mail that asks to unsubscribe."""
    return WISH.format(to=to, subject=subject, id=f"w{number}").encode()
