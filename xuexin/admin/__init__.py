"""Pages of the registrar's desk that show data of several apps."""

from xuexin.admin import labels, people, record, trail, workdays

__all__ = ["labels", "people", "record", "trail", "workdays"]
