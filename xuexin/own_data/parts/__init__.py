"""The parts of an export: whoever keeps something about people adds one line here.

A part is a function `(user, now) -> items`. It starts from the person, never from a table.
"""

from xuexin.own_data.items import Part
from xuexin.own_data.parts.account import account_items
from xuexin.own_data.parts.capture import capture_items
from xuexin.own_data.parts.corrections import correction_items
from xuexin.own_data.parts.graduation import graduation_items
from xuexin.own_data.parts.kept import kept_items
from xuexin.own_data.parts.messages import message_items
from xuexin.own_data.parts.own_words import own_word_items
from xuexin.own_data.parts.records import record_items
from xuexin.own_data.parts.reminders import reminder_items
from xuexin.own_data.parts.reports import report_items
from xuexin.own_data.parts.sheets import sheet_items
from xuexin.own_data.parts.verification import verification_items

__all__ = ["PARTS"]

PARTS: tuple[Part, ...] = (
    Part(name="account", collect=account_items),
    Part(name="records", collect=record_items),
    Part(name="capture", collect=capture_items),
    Part(name="verification", collect=verification_items),
    Part(name="corrections", collect=correction_items),
    Part(name="graduation", collect=graduation_items),
    Part(name="own_words", collect=own_word_items),
    Part(name="reports", collect=report_items),
    Part(name="messages", collect=message_items),
    Part(name="reminders", collect=reminder_items),
    Part(name="sheets", collect=sheet_items),
    Part(name="kept", collect=kept_items),
)
