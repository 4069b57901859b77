"""The page behind the code on a sheet: no account, no names, no trace of who asked."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.timezone import now as clock
from django.views.decorators.http import require_safe

from common.components import FieldRow
from common.http import client_address, public_page
from common.ratelimit import Limit, TooManyError, hit
from common.wording import moment_field
from corrections.selectors.check import CheckedSheet, checked_sheet

CHECKS = Limit("sheet_check", 60, 600)


@public_page
@require_safe
def sheet_check(request: HttpRequest, code: str) -> HttpResponseBase:
    """Whether the data still are what the paper says."""
    now = clock()
    context: dict[str, Any] = {"host": urlsplit(settings.BASE_URL).netloc}
    try:
        hit(CHECKS, client_address(request), now=now)
    except TooManyError as error:
        context |= {"refusal": str(error)}
        return render(request, "corrections/sheet_check.html", context, status=429)
    found = checked_sheet(code, now=now)
    if found is None:
        raise Http404
    context |= {"found": found, "rows": _rows(found), "now": now}
    return render(request, "corrections/sheet_check.html", context)


def _rows(found: CheckedSheet) -> list[FieldRow]:
    frozen_at = found.version.frozen_at
    return [
        FieldRow(
            label="版本",
            value=found.version_label,
            note="和纸上右下角的一样，才是同一张表",
        ),
        FieldRow(label="第几版", value=f"第 {found.version.version_no} 版"),
        FieldRow(label="定稿时间", value=moment_field(frozen_at) if frozen_at else ""),
        FieldRow(label="办到哪里", value=found.version.get_state_display()),
    ]
