"""The demo's story: remote servers that answer as real providers do, and what must become of the mail.

Every reply is one that its provider is known to send. The names are real, the servers are not: all of
it happens in a private network namespace, with a DNS of its own.
"""

import dataclasses
import time

from harness.sink import DROP

NEWS, RECEIPTS, UNSIGNED = "news@sender.example", "receipts@sender.example", "news@unsigned.example"

DELIVERED, BOUNCED, WAITING = "delivered", "bounced", "waiting"

FULL = ("452-4.2.2 The recipient's inbox is out of storage space. Please direct\n"
        "452-4.2.2 the recipient to\n"
        "452 4.2.2  https://support.google.com/mail/?p=OverQuotaTemp x1-20si - gsmtp")
UNKNOWN = ("550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
           "550-5.1.1 double-checking the recipient's email address for typos or\n"
           "550-5.1.1 unnecessary spaces. For more information, go to\n"
           "550 5.1.1  https://support.google.com/mail/?p=NoSuchUser x1-20si - gsmtp")
DISABLED = ("550-5.2.1 The email account that you tried to reach is disabled. For more\n"
            "550-5.2.1 information, go to\n"
            "550 5.2.1  https://support.google.com/mail/?p=DisabledUser x1-20si - gsmtp")
UNSIGNED_REPLY = ("550-5.7.26 Your email has been blocked because the sender is unauthenticated.\n"
                  "550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.\n"
                  "550 5.7.26  For instructions, see https://support.google.com/mail/answer/81126 - gsmtp")
TOO_FAST = ("421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating\n"
            "421-4.7.28 from your IP address. To protect our users from spam, mail\n"
            "421-4.7.28 sent from your IP address has been temporarily rate limited. For\n"
            "421 4.7.28 more information, go to https://support.google.com/mail/?p=UnsolicitedRateLimitError - gsmtp")
BANNED = ("550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from this list please "
          "visit https://sender.office.com/ and follow the directions. (AS16012609)")
TSS04 = ("421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user "
         "complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes")
GREYLISTED = "451 4.7.1 Greylisted, please try again later"
SPAMHAUS = ("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; "
            "https://www.spamhaus.org/query/ip/192.0.2.1")
TONLINE = ("554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help or to contact "
           "tosa@rx.t-online.de to clarify.)")
QQ = "550 Ip frequency limited. https://open.work.weixin.qq.com/help2/pc/20049"
QUOTA = "552 5.2.2 The mailbox is over quota"
LISTS_UNKNOWN = "550 5.1.1 <{}>: Recipient address rejected: User unknown in virtual mailbox table"


@dataclasses.dataclass
class Group:
    """Messages that meet the same fate."""
    name: str                           # what the report calls it
    recipients: list
    fate: str
    suppressed: bool = False            # afterwards, and refused when written to again
    sender: str = NEWS
    why: str = ""                       # for a person
    tries: int = 1                      # at least so many attempts reached the server


@dataclasses.dataclass
class Provider:
    name: str
    mx: str
    address: str
    domains: list
    groups: list
    behaviours: dict
    slow: bool = False                  # ends in the slow lane


class Throttle:
    """Takes `free` messages, then answers `reply` until `lasts` seconds later, then takes everything."""

    def __init__(self, free, lasts, reply):
        self.free, self.lasts, self.reply = free, lasts, reply
        self.taken, self.since = 0, None

    def __call__(self, ask):
        if self.since is None and self.taken >= self.free:
            self.since = time.time()
        if self.since is not None and time.time() < self.since + self.lasts:
            return self.reply
        self.taken += 1
        return None


def by_recipient(**replies):
    """A behaviour that answers by local part."""
    return lambda ask: replies.get(ask.recipient.split("@")[0])


def gmail_dot(throttle):
    return lambda ask: UNSIGNED_REPLY if ask.sender == UNSIGNED else throttle(ask)


def people(number, domain, first=1):
    return [f"customer{n}@{domain}" for n in range(first, first + number)]


def providers(mta="exim"):
    """The remote world. Where a mail server leaves rebuff no choice, the fate is that server's."""
    smtpd = mta == "opensmtpd"
    banner = (WAITING, "554 in the banner: a temporary failure for smtpd") if smtpd else \
        (BOUNCED, "554 in the banner: Exim gives up at once")
    null_mx = {"fate": WAITING, "why": "null MX (RFC 7505): smtpd says only that it found no server"} if smtpd else \
        {"fate": BOUNCED, "suppressed": True, "why": "null MX (RFC 7505)"}
    return [
        Provider("gmail", "gmail-smtp-in.l.google.com", "198.51.100.10", ["gmail.com"], [
            Group("customers", people(60, "gmail.com"), DELIVERED,
                  why="421 4.7.28 after 25 of them, relief some seconds later"),
            Group("full mailbox", ["full@gmail.com"], WAITING, why="452 4.2.2: retried slowly"),
            Group("no such user", ["nobody@gmail.com", "typo@gmail.com"], BOUNCED, suppressed=True, why="550 5.1.1"),
            Group("disabled", ["former@gmail.com"], BOUNCED, suppressed=True, why="550 5.2.1"),
            Group("unsigned mail", ["customer1@gmail.com"], BOUNCED, sender=UNSIGNED,
                  why="550 5.7.26: our fault, not the customer's"),
        ], {"rcpt": by_recipient(full=FULL, nobody=UNKNOWN, typo=UNKNOWN, former=DISABLED),
            "dot": gmail_dot(Throttle(25, 6, TOO_FAST))}, slow=True),
        Provider("office365", "contoso-com.mail.protection.outlook.com", "198.51.100.11", ["contoso.com"], [
            Group("blocked IP", people(3, "contoso.com"), BOUNCED, why="550 5.7.606: our IP is banned"),
        ], {"rcpt": BANNED}),
        Provider("yahoo", "mta5.am0.yahoodns.net", "198.51.100.12", ["yahoo.com"], [
            Group("customers", people(20, "yahoo.com"), DELIVERED, tries=2, why="421 TSS04 for some seconds"),
        ], {"banner": Throttle(0, 5, TSS04)}, slow=True),
        Provider("greylister", "mx.greylister.example", "198.51.100.13", ["greylister.example"], [
            Group("customers", people(12, "greylister.example"), DELIVERED, tries=2,
                  why="451, accepted when tried again after 3 s"),
        ], {"rcpt": lambda ask: GREYLISTED if ask.age < 3 else None}),
        Provider("university", "mx.university.example", "198.51.100.14", ["university.example"], [
            Group("block list", people(2, "university.example"), BOUNCED, why="554 5.7.1: listed by Spamhaus"),
        ], {"rcpt": SPAMHAUS}),
        Provider("tonline", "mx00.t-online.de", "198.51.100.15", ["t-online.de"], [
            Group("banner", people(2, "t-online.de"), banner[0], why=banner[1]),
        ], {"banner": TONLINE}),
        Provider("qq", "mx3.qq.com", "198.51.100.16", ["qq.com"], [
            Group("frequency limit", people(2, "qq.com"), BOUNCED, why="550 that means: too fast"),
        ], {"rcpt": QQ}),
        Provider("silent", "mx.silent.example", "198.51.100.17", ["silent.example"], [
            Group("hangs up", people(2, "silent.example"), WAITING, why="closes the connection without a word"),
        ], {"banner": DROP}),
        Provider("small provider", "mx.small.example", "198.51.100.18", ["small.example"], [
            Group("customers", people(60, "small.example"), DELIVERED),
            Group("over quota", ["full@small.example"], BOUNCED, why="552 5.2.2: a soft bounce, the first of three"),
            Group("no such user", ["gone@small.example"], BOUNCED, suppressed=True, why="550 5.1.1"),
        ], {"rcpt": by_recipient(full=QUOTA, gone=LISTS_UNKNOWN.format("gone@small.example"))}),
        Provider("dead domain", "", "", ["closed.example"], [
            Group("no such domain", ["someone@closed.example"], BOUNCED,
                  why="does not exist today: suppressed when found so three times over three days"),
        ], {}),
        Provider("null MX", ".", "", ["nomail.example"], [
            Group("takes no mail", ["someone@nomail.example"], **null_mx),
        ], {}),
    ]
