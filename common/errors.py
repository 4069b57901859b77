"""What can go wrong in the domain: each error carries a sentence that its reader can act on."""


class DomainError(Exception):
    """A rule of the domain said no; `str(error)` is shown to the user as it stands."""


class NotAllowedError(DomainError):
    """This person may not do this to this object now."""


class StaleStateError(DomainError):
    """Somebody else moved the object since it was read; look again."""


class InvalidInputError(DomainError):
    """What was handed in cannot be used; `field` names the part, when there is one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field
