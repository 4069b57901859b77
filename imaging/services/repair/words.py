"""Students hear of a photo that was changed or taken away, in words that name nobody else."""

from collections.abc import Collection, Mapping
from datetime import datetime

from common import outbox
from common.models import Channel
from common.outbox import Message
from enrollment.models import StudentRecord
from imaging.models import VerificationRound
from imaging.policies import is_told
from imaging.states import PhotoKind

__all__ = ["tell_owners"]


def tell_owners(
    records: Mapping[int, bool],
    *,
    again: Collection[int],
    kind: PhotoKind,
    key: str,
    now: datetime,
) -> int:
    """A notice to each owner of these records (record → whether there is a photo now).

    Whom a newly opened round (`again`) asks to verify is told by that already. Returns how many.
    """
    asked = set(
        VerificationRound.objects.filter(pk__in=again).values_list("member__record", flat=True)
    )
    bound = StudentRecord.objects.filter(
        pk__in=[pk for pk in records if pk not in asked], binding__isnull=False
    ).select_related("binding__identity")
    messages = [
        Message(
            key=f"{key}:{record.pk}",
            channel=Channel.NOTICE,
            template="photo_repaired",
            user_id=record.binding.identity.user_id,
            params={"photo": kind.label, "is_there": records[record.pk]},
        )
        for record in bound
        if is_told(record, now=now)
    ]
    outbox.queue_many(messages, now=now)
    return len(messages)
