"""Rotation: after it everything opens with the new key alone."""

import io
from collections.abc import Iterator
from datetime import datetime

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.db.models import BinaryField, ExpressionWrapper, F

from accounts.adapters import MFAAdapter
from accounts.models import IdentityNumber, User
from common import crypto, files, outbox
from common.actors import SYSTEM
from common.models import Channel, OutboxMessage, StoredFile
from common.rotation import encrypted_columns
from tests.factories.enrolment import make_record
from tests.factories.people import make_identity, make_number, make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

OLD, NEW = b"1" * 32, b"2" * 32


@pytest.fixture
def keys(settings) -> Iterator[dict[str, bytes]]:
    """The keys in force; put another first and call `crypto.forget_keys`."""
    settings.FIELD_KEYS = {"index": b"0" * 32, "k1": OLD}
    crypto.forget_keys()
    yield settings
    crypto.forget_keys()


def use(keys, **names: bytes) -> None:
    """Restart with these keys."""
    keys.FIELD_KEYS = {"index": b"0" * 32, **names}
    crypto.forget_keys()


def rotate() -> str:
    """Run the command; returns what it said."""
    said = io.StringIO()
    call_command("rotate_field_keys", stdout=said)
    return said.getvalue()


def test_everything_opens_with_the_new_key_alone(keys, now: datetime) -> None:
    user = make_user("a@example.test", phone="+8613800138000")
    identity = make_identity(user, number=make_number(2))
    record = make_record(id_number=make_number(2))
    outbox.queue(
        outbox.Message(
            key="k",
            channel=Channel.EMAIL,
            template="account_login_code",
            recipient="a@example.test",
            secret_params={"code": "123456"},
        ),
        now=now,
    )
    file = files.store_sealed(
        io.BytesIO(b"x" * 600_000), kind="roster", content_type="text/csv", now=now, actor=SYSTEM
    )
    secret = MFAAdapter().encrypt("SECRET")
    Authenticator.objects.create(user=user, type="totp", data={"secret": secret})

    use(keys, k2=NEW, k1=OLD)
    said = rotate()
    use(keys, k2=NEW)

    assert "accounts.user.phone: 1" in said
    assert User.objects.get(pk=user.pk).phone == "+8613800138000"
    assert IdentityNumber.objects.get(identity=identity).number == make_number(2)
    record.refresh_from_db()
    assert record.id_number == make_number(2)
    assert OutboxMessage.objects.get().secret_params == {"code": "123456"}
    with files.open_sealed(StoredFile.objects.get(pk=file.pk)) as clear:
        assert clear.read() == b"x" * 600_000
    row = Authenticator.objects.get()
    assert MFAAdapter().decrypt(row.data["secret"]) == "SECRET"


def test_second_run_moves_nothing(keys, now: datetime) -> None:
    make_user(phone="+8613800138000")
    use(keys, k2=NEW, k1=OLD)
    rotate()
    sealed = User.objects.annotate(raw=ExpressionWrapper(F("phone"), BinaryField()))
    before = bytes(sealed.get().raw)

    said = rotate()

    assert "Moved 0 values" in said
    assert bytes(sealed.get().raw) == before


def test_index_still_finds_after_rotation(keys) -> None:
    make_user(phone="+8613800138000")

    use(keys, k2=NEW, k1=OLD)
    rotate()

    assert User.objects.with_phone("+8613800138000").exists()


def test_every_encrypted_column_is_known() -> None:
    found = {field.context for field in encrypted_columns()}

    assert {
        "accounts.user.phone",
        "accounts.identitynumber.number",
        "enrollment.studentrecord.id_number",
        "enrollment.amendment.old_value",
        "common.outboxmessage.recipient",
        "common.outboxmessage.secret_params",
    } <= found


def test_originals_move_to_the_newest_key_of_their_own(keys, now: datetime) -> None:
    keys.ORIGINAL_KEYS = {"o1": OLD}
    crypto.forget_keys()
    file = files.store(b"photo", kind="original", content_type="image/jpeg", now=now, actor=SYSTEM)

    keys.ORIGINAL_KEYS = {"o2": NEW, "o1": OLD}
    crypto.forget_keys()
    said = rotate()
    keys.ORIGINAL_KEYS = {"o2": NEW}
    crypto.forget_keys()

    assert "sealed files: 1" in said
    assert "No longer used for originals: o1." in said
    assert files.read(StoredFile.objects.get(pk=file.pk)) == b"photo"
