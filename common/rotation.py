"""Key rotation: everything that is kept encrypted, encrypted anew with the current key.

Safe to run twice and to break off: each chunk is a transaction of its own, and what has the current
key already is left alone. Indexes have a key of their own and stay as they are.
"""

import logging
from collections.abc import Iterator
from typing import Final

from django.apps import apps
from django.db import models, transaction
from django.db.models import ExpressionWrapper, F, Q

from common import crypto, files
from common.fields import EncryptedTextField
from common.models import StoredFile

logger = logging.getLogger(__name__)

_CHUNK = 500
_IN_CLEAR: Final = Q(kind__in=files.ALWAYS_SEALED, encrypted=False)


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
    """Encrypt sealed files anew, and what should be sealed and is not; returns how many."""
    kept = StoredFile.objects.filter(Q(encrypted=True) | _IN_CLEAR, purged_at=None)
    return sum(_sealed_anew(file) for file in kept.order_by("pk").iterator())


def seal_in_clear(*, limit: int = _CHUNK) -> int:
    """Encrypt files of `ALWAYS_SEALED` that came before they were sealed, at most so many; returns how many."""
    waiting = StoredFile.objects.filter(_IN_CLEAR, purged_at=None)
    return sum(_sealed_anew(file) for file in waiting.order_by("pk")[:limit])


def _sealed_anew(file: StoredFile) -> bool:
    """Move one file under the current key of its kind. The old bytes go once the row has moved."""
    try:
        if files.is_freshly_sealed(file):
            return False
        old, new = file.key, files.sealed_copy(file)
    except FileNotFoundError:
        logger.exception("stored file %s is lost and cannot be sealed", file.pk)
        return False
    row = StoredFile.objects.filter(pk=file.pk, key=old, purged_at=None)
    has_moved = bool(row.update(key=new, encrypted=True))
    files.discard_blob(old if has_moved else new)
    return has_moved
