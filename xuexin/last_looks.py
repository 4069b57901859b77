"""Template of a message → what is asked right before it is sent: what it says now, or None to drop it."""

_STEP = "corrections.services.last_look.last_look"
_PLANNED = "imaging.services.capture_notices.last_look"
LAST_LOOKS: dict[str, str] = {
    "capture_makeup": _PLANNED,
    "capture_planned": _PLANNED,
    "correction_moved": _STEP,
    "correction_refused": _STEP,
    "correction_returned": _STEP,
    "reminder": "imaging.services.reminder_delivery.last_look",
}
