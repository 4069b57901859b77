"""Who is told about a sheet: the next one in the chain, and whoever gets it back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from accounts.models import User
from common import outbox
from corrections.models import ClassSheet, HandInReopening
from corrections.selectors.ageing import registrars
from corrections.selectors.signers import COLLEGE_ROLES, people_over
from corrections.services.moves import messages
from corrections.states import SheetState, SignerRole

# So many classes are named in a message; the desk lists the rest.
_NAMED: Final = 10
_CLASS = frozenset({SignerRole.MONITOR, SignerRole.COUNSELLOR})
_WITH_COLLEGE = frozenset({SheetState.COLLEGE_SEALED, SheetState.SUBMITTED, SheetState.ACCEPTED})


def tell_counsellors(sheet: ClassSheet, *, now: datetime) -> None:
    """It is frozen and waits for the counsellor."""
    people = people_over(sheet.class_group, [SignerRole.COUNSELLOR], now=now)
    _tell(people, "sheet_to_sign", sheet, now=now)


def tell_college(sheet: ClassSheet, *, now: datetime) -> None:
    """It is signed and waits for the college, or for the office where the class has none."""
    if sheet.class_group.college_id is None:
        _tell(registrars(), "sheet_without_college", sheet, now=now, on_site_only=True)
        return
    _tell(people_over(sheet.class_group, COLLEGE_ROLES, now=now), "sheet_to_seal", sheet, now=now)


def tell_handed_in(sheets: Sequence[ClassSheet], *, now: datetime) -> None:
    """These of one campaign lie with the office: one message to each of its people, however many."""
    campaign = sheets[0].campaign
    named = "、".join(str(sheet.class_group) for sheet in sheets[:_NAMED])
    params: dict[str, Any] = {
        "campaign": campaign.title,
        "campaign_id": campaign.pk,
        "count": len(sheets),
        "classes": f"{named}等" if len(sheets) > _NAMED else named,
    }
    told = [
        message
        for person in registrars()
        for message in messages(
            person,
            key=f"sheet_handed_in:{sheets[0].pk}:{person.pk}",
            template="sheet_handed_in",
            params=params,
            on_site_only=not person.email,
        )
    ]
    outbox.queue_many(told, now=now)


def tell_accepted(sheet: ClassSheet, *, now: datetime) -> None:
    """The office has it: the class and the college read so on the site."""
    people = people_over(sheet.class_group, _CLASS | COLLEGE_ROLES, now=now)
    _tell(people, "sheet_accepted", sheet, now=now, on_site_only=True)


def tell_returned(sheet: ClassSheet, *, source: str, now: datetime) -> None:
    """It is back with the class; the college learns of it where it had sealed it."""
    roles = _CLASS | COLLEGE_ROLES if source in _WITH_COLLEGE else _CLASS
    _tell(people_over(sheet.class_group, roles, now=now), "sheet_returned", sheet, now=now)


def tell_renewed(draft: ClassSheet, *, now: datetime) -> None:
    """A new version is to be compiled."""
    people = people_over(draft.class_group, _CLASS, now=now)
    _tell(people, "sheet_renewed", draft, now=now, on_site_only=True)


def tell_stale(sheet: ClassSheet, *, live: str, now: datetime) -> None:
    """What a frozen version printed has changed; `live` tells one change from the next."""
    is_past_college = sheet.state in _WITH_COLLEGE
    roles = _CLASS | COLLEGE_ROLES if is_past_college else _CLASS
    people = people_over(sheet.class_group, roles, now=now)
    template = "sheet_changed" if sheet.state == SheetState.ACCEPTED else "sheet_stale"
    _tell(people, template, sheet, now=now, key=live)


def tell_reopened(reopening: HandInReopening, *, now: datetime) -> None:
    """The class may hand in late, until when."""
    people = people_over(reopening.class_group, _CLASS | COLLEGE_ROLES, now=now)
    told = [
        message
        for person in people
        for message in messages(
            person,
            key=f"sheet_reopened:{reopening.pk}:{person.pk}",
            template="sheet_reopened",
            params={
                "class_name": str(reopening.class_group),
                "class_id": reopening.class_group_id,
                "campaign": reopening.campaign.title,
                "campaign_id": reopening.campaign_id,
                "until_at": reopening.open_until.isoformat(),
            },
        )
    ]
    outbox.queue_many(told, now=now)


def _tell(
    people: Iterable[User],
    template: str,
    sheet: ClassSheet,
    *,
    now: datetime,
    on_site_only: bool = False,
    key: str = "",
) -> None:
    params: dict[str, Any] = {
        "class_name": str(sheet.class_group),
        "class_id": sheet.class_group_id,
        "campaign": sheet.campaign.title,
        "campaign_id": sheet.campaign_id,
        "version": sheet.version_no,
    }
    told = [
        message
        for person in people
        for message in messages(
            person,
            key=f"{template}:{sheet.pk}:{key[:16]}:{person.pk}",
            template=template,
            params=params,
            on_site_only=on_site_only,
        )
    ]
    outbox.queue_many(told, now=now)
