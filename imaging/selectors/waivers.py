"""免交照片: who need not hand in a photo, as deliveries and sweeps ask before they attach one."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Final

from django.db.models import Exists, OuterRef

from imaging.models import CampaignMember

__all__ = ["records_waived"]

_SLICE: Final = 1_000


def records_waived(record_ids: Iterable[int], kind: str, *, now: datetime) -> set[int]:
    """Of these records those of whom no photo of this kind is asked for.

    A waiver counts until another campaign that is not final yet asks for the photo. One query per thousand.
    """
    asking = CampaignMember.objects.filter(
        record=OuterRef("record"),
        removed_at=None,
        photo_waived_at=None,
        sheet_freeze_at__gt=now,
        campaign__profile__kind=kind,
    )
    wanted = iter(set(record_ids))
    waived: set[int] = set()
    while part := list(islice(wanted, _SLICE)):
        members = CampaignMember.objects.filter(
            ~Exists(asking),
            record__in=part,
            removed_at=None,
            photo_waived_at__isnull=False,
            campaign__profile__kind=kind,
        )
        waived.update(members.values_list("record", flat=True))
    return waived
