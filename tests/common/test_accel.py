"""A real nginx with the documented location: it hands over what the portal names, and nothing else."""

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage

from accounts.models import User
from common import files
from enrollment.models import StudentRecord
from tests.factories import imaging

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

pytestmark = [
    pytest.mark.page,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(NGINX is None, reason="no nginx on this machine"),
]

SERVER = """
daemon off; {user} pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port};
    {location}
    location / {{ proxy_pass {portal}; proxy_set_header Host $host; }}
  }}
}}
"""


@pytest.fixture
def nginx(live_server, tmp_path: Path, settings) -> Iterator[str]:
    """The address of nginx before the portal."""
    settings.ACCEL_LOCATION = "/_private/"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    documented = (Path(django_settings.BASE_DIR) / "docs/nginx-private-files.conf").read_text()
    location = re.sub(r"alias .*;", f"alias {default_storage.path('')}/;", documented)
    config = tmp_path / "nginx.conf"
    config.write_text(
        SERVER.format(
            user="user root;" if os.geteuid() == 0 else "",
            folder=tmp_path,
            port=port,
            location=location,
            portal=live_server.url,
        )
    )
    running = subprocess.Popen([str(NGINX), "-p", str(tmp_path), "-c", str(config)])
    address = f"http://127.0.0.1:{port}"
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield address
    running.terminate()
    running.wait(10)


def get(address: str, client=None) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(address)  # noqa: S310 -- our own server
    if client is not None:
        cookies = "; ".join(f"{name}={each.value}" for name, each in client.cookies.items())
        request.add_header("Cookie", cookies)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
            return response.status, dict(response.headers), response.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def test_owner_gets_the_photo_from_nginx_with_every_guard(
    nginx: str, alice: User, record: StudentRecord, client_of
) -> None:
    data = imaging.portrait(4)
    version = imaging.make_photo(record, data=data)

    status, headers, body = get(f"{nginx}/photo/{version.pk}/", client_of(alice))

    assert (status, body) == (200, data)
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["Cache-Control"] == "no-store, private"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Content-Disposition"].startswith("inline; ")
    assert "ETag" not in headers
    assert "X-Accel-Redirect" not in headers


def test_nobody_reaches_the_folder(
    nginx: str, alice: User, record: StudentRecord, client_of
) -> None:
    version = imaging.make_photo(record)
    for file in (version.entry.published, version.entry.original):
        for address in (f"{nginx}/_private/{file.key}", f"{nginx}/_private/../_private/{file.key}"):
            assert get(address, client_of(alice))[0] == 404


def test_office_and_stranger_behind_nginx(
    nginx: str, li: User, eve: User, record: StudentRecord, client_of
) -> None:
    version = imaging.make_photo(record)

    status, headers, body = get(f"{nginx}/photo/{version.pk}/", client_of(li))
    assert (status, body[:2]) == (200, b"\xff\xd8")
    assert headers["Cache-Control"] == "no-store, private"
    assert get(f"{nginx}/photo/{version.pk}/", client_of(eve))[0] == 404


def test_lost_photo_is_a_404_of_nginx(
    nginx: str, alice: User, record: StudentRecord, client_of
) -> None:
    version = imaging.make_photo(record)
    files.discard_blob(version.entry.published.key)

    assert get(f"{nginx}/photo/{version.pk}/", client_of(alice))[0] == 404
