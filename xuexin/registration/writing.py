"""The content of a pack, person by person: the photo is read first, then both tables are written."""

import hashlib
import io
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Final

from PIL import Image

from common import files
from common.models import StoredFile
from common.wording import moment_field
from imaging.models import PackedRecord, PhotoProfile, RegistrationPack
from imaging.selectors.registration import Candidate
from xuexin.registration.archive import (
    DBF,
    PHOTOS_A_PART,
    TABLE,
    PackArchive,
    PhotoParts,
    Tables,
)
from xuexin.registration.blockers import everybody, scope_of

__all__ = ["Written", "write_pack"]

_BEAT_EVERY: Final = 100
_NAMED: Final = 50
_LIST: Final = "清单.csv"
_README: Final = "说明.txt"


@dataclass(slots=True)
class Written:
    """What came of it: rows for `PackedRecord`, digests by file, who was left out in the end and why."""

    people: list[PackedRecord] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    seen: int = 0
    lost: dict[str, list[str]] = field(default_factory=dict)  # what is wrong → student numbers
    unusual: list[str] = field(default_factory=list)  # student numbers that go in with a remark
    shortened: dict[str, int] = field(default_factory=dict)  # column → people

    @property
    def left_out(self) -> int:
        """How many of the scope are not in the pack."""
        return self.seen - len(self.people)

    @property
    def remarks(self) -> list[str]:
        """What whoever takes the pack has to know."""
        said = [
            f"{count} 人的{label}太长，DBF 里留空，XLSX 里有。"
            for label, count in self.shortened.items()
        ]
        said += [f"{what}，没有导出：{_named(numbers)}。" for what, numbers in self.lost.items()]
        if self.unusual:
            said.append(
                f"照片大小不在一般的范围里，照样导出了，平台不收的要重交：{_named(self.unusual)}。"
            )
        return said


def _named(numbers: list[str]) -> str:
    """The first of them, and how many there are when those are not all."""
    more = f"等 {len(numbers)} 人" if len(numbers) > _NAMED else ""
    return "、".join(numbers[:_NAMED]) + more


class _UnusableError(Exception):
    """A photo that cannot be handed over; says what is wrong with it."""


def write_pack(
    target: IO[bytes], pack: RegistrationPack, *, now: datetime, beat: Callable[[int], None]
) -> Written:
    """Write everybody who is ready into an archive; one photo at a time is held in memory.

    `beat` is told how many people were gone through, and may raise to stop.
    """
    written = Written()
    with PackArchive(target, now=now) as archive, ExitStack() as open_files:
        tables = Tables(open_files, now=now)
        photos = PhotoParts(archive, open_files)
        for person in everybody(scope_of(pack), now=now):
            written.seen += 1
            if written.seen % _BEAT_EVERY == 0:
                beat(written.seen)
            if person.is_ready:
                _take(person, pack, tables, photos, written)
        photos.close()
        tables.put_into(archive)
        archive.put_text(_README, _readme(pack, written, now=now))
        archive.put_list(_LIST)
        written.digests = archive.digests
    return written


def _take(
    person: Candidate,
    pack: RegistrationPack,
    tables: Tables,
    photos: PhotoParts,
    written: Written,
) -> None:
    """The photo first: who has none that can be read stands in no table."""
    record, version = person.record, person.photo
    if version is None:
        raise ValueError("somebody without a photo is never ready")
    try:
        data = _checked(version.entry.published, pack.campaign.profile)
    except _UnusableError as error:
        written.lost.setdefault(str(error), []).append(record.student_no)
        return
    if person.remark:
        written.unusual.append(record.student_no)
    photos.add(record.student_no, data)
    tables.write(person.row)
    for label in person.row.shortened:
        written.shortened[label] = written.shortened.get(label, 0) + 1
    written.people.append(
        PackedRecord(
            pack_id=pack.pk,
            record_id=record.pk,
            photo_id=version.pk,
            values_digest=person.row.digest,
            photo_sha256=hashlib.sha256(data).hexdigest(),
        )
    )


def _checked(file: StoredFile, profile: PhotoProfile) -> bytes:
    """The photo when it is what its row says and has the registered size; _UnusableError else."""
    try:
        data = files.read(file)
        with Image.open(io.BytesIO(data)) as picture:
            kind, size = picture.format, picture.size
    except (OSError, ValueError) as error:
        raise _UnusableError("照片文件读不出来") from error
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise _UnusableError("照片文件和存进来时不一样了")
    if (kind, *size) != ("JPEG", profile.width, profile.height):
        raise _UnusableError(f"照片不是 {profile.width}×{profile.height} 像素的 JPEG")
    return data


def _readme(pack: RegistrationPack, written: Written, *, now: datetime) -> str:
    lines = [
        f"{pack.school.name}（{pack.school.code}）学历电子注册数据包 {pack.pk}",
        f"{pack.campaign.title}，{moment_field(now)} 生成，{len(written.people)} 人。",
        "",
        "只有学生本人核对过、已经锁定的学籍和照片。",
        f"{TABLE}：学籍表，所有格子都是文本。第二页写着每一列的 DBF 字段名和长度。",
        f"{DBF}：同样的内容，DBF，GBK 编码（代码页 936）。没有截断：放不下的人不在包里。",
        f"照片-01.zip……：照片，每包最多 {PHOTOS_A_PART} 张，文件名是学号。",
        f"{_LIST}：每个文件、每张照片的字节数和 SHA-256，用来核对有没有传坏。",
        *written.remarks,
        "",
        "里面有完整证件号码：只交给办理学历电子注册的人，用完删除，不要转发。",
    ]
    return "\r\n".join(lines) + "\r\n"
