"""Key rotation: everything that is kept encrypted, encrypted anew with the current key.

Safe to run twice and to break off: each chunk is a transaction of its own, and what has the current
key already is left alone. Indexes have a key of their own and stay as they are.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import models, transaction
from django.db.models import ExpressionWrapper, F

from common import crypto, files
from common.fields import EncryptedTextField
from common.models import StoredFile

_CHUNK = 500


def encrypted_columns() -> list[EncryptedTextField]:
    """Every encrypted column of the project."""
    return [
        field
        for model in apps.get_models()
        for field in model._meta.local_fields  # noqa: SLF001 -- Django's public _meta
        if isinstance(field, EncryptedTextField)
    ]


def rotate_columns() -> Iterator[tuple[str, int]]:
    """(column, values encrypted anew) for each encrypted column."""
    for field in encrypted_columns():
        yield field.context, _rotate_column(field)


def _rotate_column(field: EncryptedTextField) -> int:
    rows = (
        field.model._base_manager.exclude(**{f"{field.name}__isnull": True})  # noqa: SLF001
        .order_by("pk")
        .annotate(sealed=ExpressionWrapper(F(field.name), models.BinaryField()))
    )
    done, last = 0, 0
    while True:
        with transaction.atomic():
            chunk = list(
                rows.filter(pk__gt=last).select_for_update().values_list("pk", "sealed")[:_CHUNK]
            )
            for pk, sealed in chunk:
                done += _rotate_value(field, pk, bytes(sealed))
        if not chunk:
            return done
        last = chunk[-1][0]


def _rotate_value(field: EncryptedTextField, pk: int, sealed: bytes) -> bool:
    if crypto.key_id_of(sealed) == crypto.current_key_id():
        return False
    value = field.to_value(crypto.unseal(sealed, context=field.context))
    field.model._base_manager.filter(pk=pk).update(**{field.name: value})  # noqa: SLF001
    return True


def rotate_files() -> int:
    """Encrypt the sealed originals anew; returns how many. The old bytes go once the row has moved."""
    done = 0
    for file in StoredFile.objects.filter(encrypted=True, purged_at=None).order_by("pk").iterator():
        if files.sealing_key(file) in {"", crypto.current_key_id()}:
            continue
        old, new = file.key, files.sealed_copy(file)
        if StoredFile.objects.filter(pk=file.pk, key=old, purged_at=None).update(key=new):
            files.discard_blob(old)
            done += 1
        else:
            files.discard_blob(new)
    return done
