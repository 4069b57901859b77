"""Whom and where prints are to be sent to."""

from typing import Any

from django import forms

from common.errors import InvalidInputError
from imaging.services.print_addresses import AddressTerms, checked_terms

__all__ = ["PrintAddressForm"]


class PrintAddressForm(forms.Form):
    """As it will stand on the parcel; the values of a valid form are `terms`."""

    receiver = forms.CharField(
        label="收件人",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "请写收件人"},
    )
    phone = forms.CharField(
        label="收件电话",
        max_length=30,
        help_text="快递会打这个号码。",
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"required": "请填收件电话"},
    )
    address = forms.CharField(
        label="收件地址",
        max_length=200,
        help_text="写全省、市、区（县）、街道和门牌。毕业后才寄到的，别写宿舍。",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
        error_messages={"required": "请写收件地址"},
    )

    terms: AddressTerms

    def clean(self) -> dict[str, Any]:
        """Hold the values against the rules of the service."""
        given = super().clean() or {}
        if not self.errors:
            try:
                self.terms = checked_terms(**given)
            except InvalidInputError as error:
                self.add_error(error.field, str(error))
        return given
