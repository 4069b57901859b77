"""A stranger checks a code: constant towards whoever guesses, counted for whoever owns it."""

import functools
import ipaddress
from datetime import datetime
from typing import Final

from django.contrib.auth.hashers import check_password, make_password

from common.errors import InvalidInputError
from common.ratelimit import Limit, check, hit
from reports.matching import new_check_number
from reports.models import ReportView, VerificationReport
from reports.models.report import code_index
from reports.selectors import standing_of

PER_ADDRESS: Final = Limit("report_check", 60, 600)
# All addresses together, so that many cannot share the guessing: sixteen counters of forty a minute.
EVERYBODY: Final = Limit("report_check_all", 40, 60)
FAILURES_PER_CODE: Final = Limit("report_check_failed", 10, 3600)
RECEIPTS: Final = Limit("report_receipt", 30, 600)
_COUNTERS = 16
UNKNOWN: Final = (
    "没有查到。逐位对一遍验证码；对方设了 PIN 的，一起填上。还是不行，请找给你报告的人要新的"
)
_NETWORK_V6 = 32
_INSIDE: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)


def check_report(*, code: str, pin: str, address: str, now: datetime) -> ReportView:
    """Note one check of the report with this canonical code; its result is what the report is worth.

    An unknown code, a missing PIN and a wrong PIN have the same answer and the same work behind it.
    """
    index = code_index(code)
    hit(PER_ADDRESS, address, now=now)
    hit(EVERYBODY, str(index[0] % _COUNTERS), now=now)
    check(FAILURES_PER_CODE, index.hex(), now=now)
    row = VerificationReport.objects.filter(code_index=index).values_list("pk", "pin_hash").first()
    if not _is_right(row[1] if row else None, pin) or row is None:
        hit(FAILURES_PER_CODE, index.hex(), now=now)
        raise InvalidInputError(UNKNOWN, field="code")
    report = VerificationReport.objects.with_record().get(pk=row[0])
    return ReportView.objects.create(
        report=report,
        number=new_check_number(),
        result=standing_of(report, now=now).state,
        network=coarse_network(address),
        viewed_at=now,
    )


def coarse_network(address: str) -> str:
    """The network that an address belongs to, too wide to name a house: 203.0.*.*."""
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if any(found in network for network in _INSIDE):
        return "内部网络"
    if isinstance(found, ipaddress.IPv4Address):
        first, second, *_ = str(found).split(".")
        return f"{first}.{second}.*.*"
    return str(ipaddress.ip_network(f"{found}/{_NETWORK_V6}", strict=False))


def _is_right(stored: str | None, pin: str) -> bool:
    """Whether the PIN opens a report with that hash; None is no report at all.

    A PIN that was typed is hashed in any case, so that its time tells nothing.
    """
    fits = check_password(pin, stored or _nobodys()) if pin else False
    if stored is None:
        return False
    return fits if stored else True


@functools.cache
def _nobodys() -> str:
    return make_password("nobody")
