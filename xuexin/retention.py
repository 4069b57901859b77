"""What is erased when: every rule once, for the sweep and for `manage.py purge_expired`.

Audit events are not among them: they are chained by hash, and taking one out would break the chain.
Uploaded rosters and archives have sweeps of their own, because an import must be put aside first.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.models import LoginEvent, OfficeRole
from common.models import (
    Channel,
    FileView,
    OutboxMessage,
    PurgeProof,
    SavedSearch,
    StoredFile,
)
from common.retention import (
    Again,
    Held,
    Rule,
    erase_file,
    erase_rows,
    erase_rows_again,
    purge_again,
)
from common.searches import forget_kept
from common.wording import local
from corrections.models import ResultRow, SanctionRow
from corrections.services.college_print import PRINT_RULE
from corrections.services.province.packs import PROVINCE_PACK_RULE
from corrections.services.retention import EVIDENCE_RULE
from enrollment.services.roster import forget_import
from imaging.models import AnnouncementRead, Reminder, ReminderRun
from imaging.services.batch_queue import forget_archive
from imaging.services.own_retention import OWN_PHOTO_RULE
from imaging.services.print_retention import LABEL as PRINT_ADDRESS
from imaging.services.print_retention import PRINT_ADDRESS_RULE, erase_addresses_again
from imaging.services.retention import PHOTO_RULE, REVIEW_RULE
from xuexin.own_data.closing import CLOSED_ACCOUNT, close_again
from xuexin.own_data.export import EXPORT_RULE
from xuexin.registration.packs import PACK_RULE

__all__ = ["RULES", "erase_again", "purge_expired"]

logger = logging.getLogger(__name__)

_LIMIT = 2_000
_SEARCHES = "离开教务处的人存的常用搜索"
# Kinds of files whose end is the matter of a rule or a sweep of their own.
_OWN_RULE = (
    "evidence",
    "export",
    "province",
    "registration",
    "review",
    "roster",
    "archive",
    "contact",
    "print",
)


def _notices(now: datetime) -> "QuerySet[Any]":
    before = now - timedelta(days=settings.RETAIN_DAYS["notice"])
    return OutboxMessage.objects.filter(channel=Channel.NOTICE, created_at__lte=before)


def _messages(now: datetime) -> "QuerySet[Any]":
    before = now - timedelta(days=settings.RETAIN_DAYS["message"])
    ended = Q(sent_at__lte=before) | Q(given_up_at__lte=before)
    return OutboxMessage.objects.exclude(channel=Channel.NOTICE).filter(ended)


def _views(now: datetime) -> "QuerySet[Any]":
    return FileView.objects.filter(
        viewed_at__lte=now - timedelta(days=settings.RETAIN_DAYS["view"])
    )


def _logins(now: datetime) -> "QuerySet[Any]":
    return LoginEvent.objects.filter(
        occurred_at__lte=now - timedelta(days=settings.RETAIN_DAYS["login"])
    )


def _reminders(now: datetime) -> "QuerySet[Any]":
    before = now - timedelta(days=settings.RETAIN_DAYS["message"])
    return Reminder.objects.filter(remind_date__lte=local(before).date())


def _reminder_runs(now: datetime) -> "QuerySet[Any]":
    """Runs none of whose reminders is left."""
    before = now - timedelta(days=settings.RETAIN_DAYS["message"])
    return ReminderRun.objects.filter(asked_at__lte=before, reminders=None)


def _reads(now: datetime) -> "QuerySet[Any]":
    return AnnouncementRead.objects.filter(
        read_at__lte=now - timedelta(days=settings.RETAIN_DAYS["notice"])
    )


def _searches(now: datetime) -> "QuerySet[Any]":
    """Searches of whoever has not worked in the office for so long; their words may be names."""
    before = now - timedelta(days=settings.RETAIN_DAYS["message"])
    working = OfficeRole.objects.filter(Q(ended_at=None) | Q(ended_at__gt=before))
    return SavedSearch.objects.filter(created_at__lte=before).exclude(
        owner__in=working.values("user")
    )


def _erase_searches(now: datetime, limit: int) -> int:
    done = _rows_rule("searches", _SEARCHES, "message", _searches).erase(now, limit)
    if done:
        forget_kept()
    return done


def _files(now: datetime) -> "QuerySet[StoredFile]":
    """Any other file whose keeper has said until when."""
    due = StoredFile.objects.filter(purged_at=None, retain_until__lte=now)
    return due.exclude(kind__in=_OWN_RULE).order_by("retain_until", "pk")


def _erase_files(now: datetime, limit: int) -> int:
    return sum(
        erase_file(
            file,
            kind=f"文件 {file.kind}",
            basis="存入时定的保留期已到",
            due_at=file.retain_until or now,
            now=now,
        )
        for file in _files(now)[:limit]
    )


def _result_rows(now: datetime) -> "QuerySet[Any]":
    before = now - timedelta(days=settings.RETAIN_DAYS["graduation"])
    return ResultRow.objects.filter(result_import__created_at__lte=before)


def _sanction_rows(now: datetime) -> "QuerySet[Any]":
    before = now - timedelta(days=settings.RETAIN_DAYS["graduation"])
    return SanctionRow.objects.filter(sanction_import__created_at__lte=before)


_ROWS: tuple[tuple[str, str, str, Callable[[datetime], "QuerySet[Any]"]], ...] = (
    ("result_rows", "审核结果名单的行", "graduation", _result_rows),
    ("sanction_rows", "处分名单的行", "graduation", _sanction_rows),
    ("notices", "站内消息", "notice", _notices),
    ("messages", "已发出的邮件和短信记录", "message", _messages),
    ("reminders", "提醒记录", "message", _reminders),
    ("reminder_runs", "发出的提醒", "message", _reminder_runs),
    ("announcement_reads", "公告已读记录", "notice", _reads),
    ("logins", "登录记录", "login", _logins),
    ("views", "文件查看记录", "view", _views),
)


def _rows_again(
    rows: Callable[[datetime], "QuerySet[Any]"],
    proof: PurgeProof,
    now: datetime,  # noqa: ARG001 -- one signature for all
) -> int:
    return erase_rows_again(rows(proof.erased_at), proof)


def _rows_rule(name: str, label: str, setting: str, rows: Any) -> Rule:
    """A rule over rows that are deleted whole, so many days after the fact."""
    return Rule(
        name=name,
        label=label,
        count=lambda now: rows(now).count(),
        erase=lambda now, limit: erase_rows(
            rows(now),
            kind=label,
            basis=f"{label}：满 {settings.RETAIN_DAYS[setting]} 天",
            due_at=now,
            now=now,
            limit=limit,
        ),
    )


RULES: tuple[Rule, ...] = (
    EVIDENCE_RULE,
    PHOTO_RULE,
    OWN_PHOTO_RULE,
    PRINT_ADDRESS_RULE,
    REVIEW_RULE,
    EXPORT_RULE,
    PACK_RULE,
    PRINT_RULE,
    PROVINCE_PACK_RULE,
    Rule(
        name="files",
        label="定有保留期的其他文件",
        count=lambda now: _files(now).count(),
        erase=_erase_files,
    ),
    *(_rows_rule(name, label, setting, rows) for name, label, setting, rows in _ROWS),
    Rule(
        name="searches",
        label=_SEARCHES,
        count=lambda now: _searches(now).count(),
        erase=_erase_searches,
    ),
)

# How what a backup brought back is erased once more: by the label in the proof, by the kind of file.
_AGAIN: dict[str, Again] = {label: partial(_rows_again, rows) for _, label, _, rows in _ROWS} | {
    _SEARCHES: partial(_rows_again, _searches),
    CLOSED_ACCOUNT: close_again,
    PRINT_ADDRESS: erase_addresses_again,
}
_HELD: dict[str, Held] = {
    "roster": lambda file, _now: forget_import(file),
    "archive": lambda file, now: forget_archive(file, now=now),
}


def erase_again(*, now: datetime) -> int:
    """Erase once more everything that the proofs say was erased; returns how much had come back."""
    return purge_again(now=now, others=_AGAIN, held=_HELD)


def purge_expired(*, now: datetime, limit: int = _LIMIT, dry_run: bool = False) -> dict[str, int]:
    """Erase what is due, at most `limit` of each kind; how many by rule. Safe to run twice.

    With `dry_run` nothing is erased, and the figures are everything that is due. A rule that fails
    does not keep the others from running.
    """
    done: dict[str, int] = {}
    for rule in RULES:
        if dry_run:
            done[rule.name] = rule.count(now)
            continue
        try:
            done[rule.name] = rule.erase(now, limit)
        except Exception:
            logger.exception("retention rule %s failed", rule.name)
    if not dry_run:
        logger.info("purge_expired: %s", done)
    return done
