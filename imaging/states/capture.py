"""Where photos are taken, for whom, and why a booked seat is held no longer."""

from django.db import models


class PlaceKind(models.TextChoices):
    """Who runs a place where photos are taken."""

    CAMPUS = "CAMPUS", "校内拍照点"
    BRANCH = "BRANCH", "采集单位网点"


class SessionKind(models.TextChoices):
    """Who a session is for: the classes named, or whoever booked a seat."""

    CLASS = "CLASS", "集中拍照"
    MAKEUP = "MAKEUP", "补拍"


class BookingEnd(models.TextChoices):
    """Why a booked seat is held no longer."""

    GIVEN_BACK = "GIVEN_BACK", "自己取消"
    MOVED = "MOVED", "改约别的场次"
    OVER = "OVER", "那一场已经过去"
    CANCELLED = "CANCELLED", "场次取消"
    WAIVED = "WAIVED", "免交照片"
    REMOVED = "REMOVED", "移出批次"
