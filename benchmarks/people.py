"""Records in bulk for measurements: members of one campaign, bound to accounts."""

from datetime import UTC, datetime
from itertools import count, islice

from django.db import connection

from accounts.models import DeclaredIdentity, User, phone_index
from enrollment.models import Binding, StudentRecord
from enrollment.states import BindingSource
from imaging.models import CampaignMember, VerificationConclusion, VerificationRound
from imaging.states import ConclusionKind, RoundCause
from tests.factories.enrolment import make_record
from tests.factories.imaging import make_campaign

OPENS = datetime(2026, 6, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 12, 6, 32, tzinfo=UTC)
_serial = count()


def members(amount: int) -> list[CampaignMember]:
    """`amount` members of a new campaign, each with a bound account, a round and two conclusions."""
    campaign = make_campaign(title=f"测量 {amount}")
    model = make_record()
    phones = [f"+86130{number:08d}" for number in islice(_serial, amount)]
    users = User.objects.bulk_create(
        [
            User(email=None, phone=phone, phone_index=phone_index(phone), password="!")
            for phone in phones
        ],
        batch_size=2_000,
    )
    identities = DeclaredIdentity.objects.bulk_create(
        [
            DeclaredIdentity(user=user, name=model.name, name_key=model.name_key, declared_at=OPENS)
            for user in users
        ],
        batch_size=2_000,
    )
    records = records_like(model, amount, prefix=f"B{amount}")
    Binding.objects.bulk_create(
        [
            Binding(
                record=record,
                identity=identity,
                source=BindingSource.FACT,
                bound_at=OPENS,
                bound_by="测量",
            )
            for record, identity in zip(records, identities, strict=True)
        ],
        batch_size=2_000,
    )
    made = CampaignMember.objects.bulk_create(
        [
            CampaignMember(
                campaign=campaign,
                record=record,
                class_group=record.class_group,
                closes_at=campaign.closes_at,
                sheet_freeze_at=campaign.sheet_freeze_at,
                added_at=OPENS,
                added_by="测量",
            )
            for record in records
        ],
        batch_size=2_000,
    )
    rounds = VerificationRound.objects.bulk_create(
        [
            VerificationRound(
                member=member, round_no=1, cause=RoundCause.FIRST, opened_at=OPENS, opened_by="测量"
            )
            for member in made
        ],
        batch_size=2_000,
    )
    VerificationConclusion.objects.bulk_create(
        [
            VerificationConclusion(round=current, kind=kind)
            for current in rounds
            for kind in ConclusionKind
        ],
        batch_size=2_000,
    )
    return made


def records_like(model: StudentRecord, amount: int, *, prefix: str) -> list[StudentRecord]:
    """`amount` new records with the model's values under numbers of their own."""
    fields = [field.name for field in StudentRecord._meta.concrete_fields if field.name != "id"]  # noqa: SLF001
    values = {name: getattr(model, name) for name in fields}
    return StudentRecord.objects.bulk_create(
        [StudentRecord(**{**values, "student_no": f"{prefix}{n:07d}"}) for n in range(amount)],
        batch_size=2_000,
    )


def analyse() -> None:
    """Fresh planner statistics, as autovacuum would have made them."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
