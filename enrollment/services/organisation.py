"""Schools."""

import re
from datetime import datetime

from django.db import IntegrityError, transaction

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError
from enrollment.models import School
from enrollment.states import BindingFact

__all__ = ["create_school"]

# The ministry's school codes have five digits, identification codes ten.
_CODE = re.compile(r"[0-9A-Z]{1,10}")
_LONGEST_NAME = 100


@transaction.atomic
def create_school(
    *,
    code: str,
    name: str,
    binding_fact: str = BindingFact.CANDIDATE_NO,
    is_demo: bool = False,
    actor: Actor,
    now: datetime,
) -> School:
    """A new school under its own code; InvalidInputError names the part that cannot be used."""
    code, name = code.strip().upper(), name.strip()
    if not _CODE.fullmatch(code):
        raise InvalidInputError("院校代码一般是 5 位数字，只能有数字和字母。", field="code")
    if not name or len(name) > _LONGEST_NAME:
        raise InvalidInputError(f"写上院校名称，最多 {_LONGEST_NAME} 个字。", field="name")
    if binding_fact not in BindingFact.values:
        raise InvalidInputError("没有这种核对信息。", field="binding_fact")
    try:
        with transaction.atomic():
            school = School.objects.create(
                code=code, name=name, binding_fact=binding_fact, is_demo=is_demo
            )
    except IntegrityError as error:
        raise InvalidInputError("已经有这个代码的学校了。", field="code") from error
    audit.record(
        "school.created",
        actor=actor,
        now=now,
        obj=school,
        details={"code": code, "name": name, "binding_fact": binding_fact, "is_demo": is_demo},
    )
    return school
