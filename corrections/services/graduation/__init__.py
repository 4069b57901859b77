"""毕业资格审核: rounds, lists, results, sanctions, objections, certificates."""

from corrections.services.graduation.certificates import (
    correct_receipt,
    fetch_certificates,
    hand_out,
    void_certificate,
)
from corrections.services.graduation.chunks import MOST_AT_ONCE
from corrections.services.graduation.listing import (
    NewItem,
    add_item,
    create_audit,
    draw_students,
    next_round,
    remove_item,
)
from corrections.services.graduation.looks import (
    export_certificates,
    note_student_seen,
    note_students_seen,
)
from corrections.services.graduation.many import decide_all, propose_all
from corrections.services.graduation.objections import (
    answer_objection,
    object_to_item,
    object_to_notice,
    record_notice_objection,
    withdraw_objection,
)
from corrections.services.graduation.printed import print_certificate, print_registered
from corrections.services.graduation.results import (
    confirm_list,
    decide_result,
    drop_student,
    propose_result,
    reopen_result,
    return_result,
    set_mark,
)
from corrections.services.graduation.results_import import (
    apply_results,
    discard_results,
    undo_results,
    upload_results,
)
from corrections.services.graduation.rounds import (
    close_audit,
    move_deadline,
    open_audit,
    publish_notice,
    retract_notice,
)
from corrections.services.graduation.sanctions import (
    end_sanction_handler,
    enter_sanction,
    lift_sanction,
    name_sanction_handler,
    note_sanction_seen,
    note_sanctions_listed,
    void_sanction,
)
from corrections.services.graduation.sanctions_import import (
    apply_sanctions,
    discard_sanctions,
    undo_sanctions,
    upload_sanctions,
)

__all__ = [
    "MOST_AT_ONCE",
    "NewItem",
    "add_item",
    "answer_objection",
    "apply_results",
    "apply_sanctions",
    "close_audit",
    "confirm_list",
    "correct_receipt",
    "create_audit",
    "decide_all",
    "decide_result",
    "discard_results",
    "discard_sanctions",
    "draw_students",
    "drop_student",
    "end_sanction_handler",
    "enter_sanction",
    "export_certificates",
    "fetch_certificates",
    "hand_out",
    "lift_sanction",
    "move_deadline",
    "name_sanction_handler",
    "next_round",
    "note_sanction_seen",
    "note_sanctions_listed",
    "note_student_seen",
    "note_students_seen",
    "object_to_item",
    "object_to_notice",
    "open_audit",
    "print_certificate",
    "print_registered",
    "propose_all",
    "propose_result",
    "publish_notice",
    "record_notice_objection",
    "remove_item",
    "reopen_result",
    "retract_notice",
    "return_result",
    "set_mark",
    "undo_results",
    "undo_sanctions",
    "upload_results",
    "upload_sanctions",
    "void_certificate",
    "void_sanction",
    "withdraw_objection",
]
