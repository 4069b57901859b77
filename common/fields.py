"""Model fields that keep their value encrypted at rest."""

import json
from typing import TYPE_CHECKING, Any

from django.db import models

from common import crypto

if TYPE_CHECKING:
    _BinaryField = models.BinaryField[Any, Any]
else:
    _BinaryField = models.BinaryField


class EncryptedTextField(_BinaryField):
    """Text, encrypted with AES-256-GCM; cannot be filtered on (keep a blind index beside it)."""

    description = "encrypted text"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    @property
    def context(self) -> str:
        """The associated data of this column's values."""
        return f"{self.model._meta.label_lower}.{self.name}"  # noqa: SLF001

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Encrypt on the way into the database."""
        if value is not None:
            value = crypto.seal(self.to_text(value), context=self.context)
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: Any, *_: object) -> Any:
        """Decrypt on the way out."""
        return (
            None
            if value is None
            else self.to_value(crypto.unseal(bytes(value), context=self.context))
        )

    def to_python(self, value: Any) -> Any:
        """Values are held in clear on the instance."""
        return value

    def value_to_string(self, obj: models.Model) -> str:
        """Serialisation never carries the clear text."""
        return "" if self.value_from_object(obj) is None else "***"

    def to_text(self, value: Any) -> str:
        """The text that is encrypted."""
        return str(value)

    def to_value(self, text: str) -> Any:
        """The value behind the decrypted text."""
        return text


class EncryptedJSONField(EncryptedTextField):
    """A JSON value, encrypted as a whole."""

    description = "encrypted JSON"

    def to_text(self, value: Any) -> str:
        """Compact JSON."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def to_value(self, text: str) -> Any:
        """The decoded JSON."""
        return json.loads(text)


def blind_index_field(**kwargs: Any) -> "models.BinaryField[Any, Any]":
    """A column for `common.crypto.blind_index` values (32 bytes)."""
    return models.BinaryField(max_length=32, editable=False, **kwargs)
