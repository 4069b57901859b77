"""What a person shows at the counter."""

from django.db import models


class ShownDocument(models.TextChoices):
    """The document that staff held in their hands."""

    ID_CARD = "ID_CARD", "居民身份证"
    PERMIT = "PERMIT", "港澳台居民居住证或通行证"
    PASSPORT = "PASSPORT", "护照"
    TEMPORARY = "TEMPORARY", "临时身份证"
