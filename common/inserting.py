"""INSERT … SELECT: thousands of rows made from rows that are there, without reading them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import F, Model, QuerySet, Value

__all__ = ["insert_from"]


def insert_from(
    model: type[Model],
    source: "QuerySet[Any]",
    columns: Mapping[str, Any],
    *,
    unique: Sequence[str] = (),
) -> int:
    """Insert a row of `model` for each row of `source`; returns how many.

    `columns` names the source's field (a text with F) or the value of each column by attname; every
    other column gets its default. Rows that are there already under `unique` (under any rule of the
    table when none is named) are left alone. Runs in the caller's transaction; the model's `save` and
    its signals are not called.
    """
    meta = model._meta  # noqa: SLF001 -- Django's public _meta
    chosen: dict[str, Any] = {}
    for field in meta.concrete_fields:
        if field.attname in columns:
            given = columns[field.attname]
            known = given if isinstance(given, F) else Value(given, output_field=_plain(field))
        elif field.primary_key or field.null:
            continue
        else:
            known = Value(field.get_default(), output_field=_plain(field))
        chosen[field.attname] = known
    selected = source.order_by("pk").annotate(
        **{f"new_{name}": expression for name, expression in chosen.items()}
    )
    query = selected.values_list(*(f"new_{name}" for name in chosen)).query
    sql, params = query.sql_with_params()
    column_of = {field.attname: str(field.column) for field in meta.concrete_fields}
    names = [column_of[name] for name in chosen]
    keys = ", ".join(column_of[name] for name in unique)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {meta.db_table} ({', '.join(names)}) {sql} "
            f"ON CONFLICT {f'({keys})' if keys else ''} DO NOTHING",
            params,
        )
        return int(cursor.rowcount)


def _plain(field: Any) -> Any:
    """A foreign key's value is the key of what it points to."""
    return field.target_field if field.is_relation else field
