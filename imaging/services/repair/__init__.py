"""照片更正: swaps, shifts, replacements, detachments and voidings, by two people, with undo."""

from imaging.services.repair.deciding import (
    ask_undo_repair,
    confirm_repair,
    drop_repair,
    expire_repairs,
    keep_repair,
    undo_repair,
)
from imaging.services.repair.preview import (
    Consequence,
    Told,
    consequences,
    consequences_of_undo,
    sight_of,
)
from imaging.services.repair.proposing import (
    propose_detach,
    propose_replace,
    propose_shift,
    propose_swap,
    propose_void,
)

__all__ = [
    "Consequence",
    "Told",
    "ask_undo_repair",
    "confirm_repair",
    "consequences",
    "consequences_of_undo",
    "drop_repair",
    "expire_repairs",
    "keep_repair",
    "propose_detach",
    "propose_replace",
    "propose_shift",
    "propose_swap",
    "propose_void",
    "sight_of",
    "undo_repair",
]
