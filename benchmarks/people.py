"""Records in bulk for measurements: members of one campaign, bound to accounts."""

from datetime import UTC, datetime
from itertools import count, islice

from django.db import connection
from django.db.models import ForeignKey, Model

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
# Whose rows `multiply` repeats, and what must differ in each of them.
_REPEATED: tuple[type[Model], ...] = (
    User,
    DeclaredIdentity,
    StudentRecord,
    Binding,
    CampaignMember,
    VerificationRound,
    VerificationConclusion,
)
_OWN = {
    "email": "k || '-' || email",
    "phone_index": "sha256(phone_index || convert_to(k::text, 'UTF8'))",
    "student_no": "student_no || '-' || k",
}
_APART = 100_000_000


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


def multiply(times: int) -> None:
    """Every person that is there `times` over, each with rows and numbers of their own; PostgreSQL only.

    Made inside of the database: as objects a million conclusions would take minutes and gigabytes.
    """
    with connection.cursor() as cursor:
        for model in _REPEATED:
            table = model._meta.db_table  # noqa: SLF001 -- Django's public _meta
            fields = model._meta.concrete_fields  # noqa: SLF001 -- the same
            cells = []
            for field in fields:
                is_repeated = isinstance(field, ForeignKey) and field.related_model in _REPEATED
                cell = _OWN.get(field.attname, field.attname)
                cells.append(f"{cell} + k * {_APART}" if field.primary_key or is_repeated else cell)
            columns = ", ".join(f'"{field.column}"' for field in fields)
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT {', '.join(cells)} "
                f"FROM {table}, generate_series(1, %s) AS k WHERE id < {_APART}",
                [times - 1],
            )
