"""Forms of corrections."""

from corrections.forms.request import ResubmitForm, WithdrawForm

__all__ = ["ResubmitForm", "WithdrawForm"]
