"""The row of every message that the office may write; its words are the code's until then."""

from typing import Any

from django.apps import apps as present
from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS

from xuexin.texts.catalog import WORDINGS

__all__ = ["load_message_texts"]


def load_message_texts(
    sender: Any = None,  # noqa: ARG001 -- Django's signal names it
    *,
    apps: Apps = present,
    using: str = DEFAULT_DB_ALIAS,
    **_signal: Any,
) -> None:
    """Add the messages that are not there yet, and call each as this release does; words stay.

    Runs after every `migrate` and `flush`, like the first questions of the help.
    """
    if using != DEFAULT_DB_ALIAS:
        return
    try:
        text = apps.get_model("common", "MessageText")
    except LookupError:  # migrated back to before there were any
        return
    there = dict(text.objects.using(using).values_list("key", "label"))
    text.objects.using(using).bulk_create(
        text(key=each.key, label=each.label) for each in WORDINGS if each.key not in there
    )
    for each in WORDINGS:
        if there.get(each.key, each.label) != each.label:
            text.objects.using(using).filter(key=each.key).update(label=each.label)
