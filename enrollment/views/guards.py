"""Decorators of views: everybody but the named role gets 404."""

from django.utils import timezone

from accounts.policies import is_office
from common.http import guard
from enrollment.policies import (
    has_class_board,
    is_college_leader,
    is_college_secretary,
    is_counsellor,
    is_monitor,
    is_registrar,
    is_student,
)

office_required = guard(is_office)
student_required = guard(is_student)
registrar_required = guard(is_registrar)
monitor_required = guard(lambda user: is_monitor(user, now=timezone.now()))
counsellor_required = guard(lambda user: is_counsellor(user, now=timezone.now()))
secretary_required = guard(lambda user: is_college_secretary(user, now=timezone.now()))
leader_required = guard(lambda user: is_college_leader(user, now=timezone.now()))
class_board_required = guard(lambda user: has_class_board(user, now=timezone.now()))
