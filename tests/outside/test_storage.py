"""Files are kept and found again, in a folder and in a bucket, and nothing else can be reached."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from echo_sessions.errors import BadInput, GaveUp, TryLater
from echo_sessions.outside.storage import Storage

from .bucket_server import Bucket, serving_bucket

PDF = "application/pdf"
NEVER_STORED = f"00/{'0' * 64}-{'0' * 16}.pdf"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data of the hub" / "files"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving_bucket() as bucket:
        yield bucket


def in_bucket(bucket: Bucket) -> Storage:
    return Storage(f"s3://files/hub?region=eu-west-1&endpoint=http://127.0.0.1:{bucket.server_port}")


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest) -> Storage:
    if request.param == "folder":
        return Storage(request.getfixturevalue("folder").as_uri())
    return in_bucket(request.getfixturevalue("bucket"))


def test_what_was_put_comes_back(storage):
    data = bytes(range(256)) * 5000
    stored = storage.put(data, type=PDF)
    assert (stored.sha256, stored.size, stored.type) == (sha256(data).hexdigest(), len(data), PDF)
    assert storage.get(stored.key) == data
    assert storage.exists(stored.key)


def test_equal_files_are_kept_apart_so_that_one_can_go(storage):
    one, other = storage.put(b"the same", type=PDF), storage.put(b"the same", type=PDF)
    assert one.key != other.key
    storage.delete(one.key)
    assert not storage.exists(one.key)
    assert storage.get(other.key) == b"the same"
    assert list(storage.keys()) == [other.key]


def test_an_empty_file_is_a_file(storage):
    assert storage.get(storage.put(b"", type="text/plain").key) == b""


def test_every_key_is_listed_over_all_pages(storage):
    kept = {storage.put(bytes([number]), type="text/csv").key for number in range(5)}
    assert set(storage.keys()) == kept


def test_young_files_can_be_left_alone(storage):
    stored = storage.put(b"fresh", type=PDF)
    assert list(storage.keys(before=datetime.now(UTC) - timedelta(days=365))) == []
    assert list(storage.keys(before=datetime.now(UTC) + timedelta(days=365))) == [stored.key]


def test_a_file_that_is_not_there(storage):
    assert not storage.exists(NEVER_STORED)
    storage.delete(NEVER_STORED)
    with pytest.raises(GaveUp, match=f"No file {NEVER_STORED} is kept in "):
        storage.get(NEVER_STORED)


@pytest.mark.parametrize(
    "key", ["../secret_key", "/etc/passwd", "", "ab/x.pdf", NEVER_STORED + "\n", NEVER_STORED.upper()]
)
def test_a_key_that_nobody_was_given_reaches_nothing(storage, key):
    for use in (storage.get, storage.exists, storage.delete):
        with pytest.raises(ValueError, match="not a key"):
            use(key)


def test_the_doctors_question(storage):
    assert storage.check() in repr(storage)
    assert list(storage.keys()) == []


@pytest.mark.parametrize(("type", "ending"), [(PDF, ".pdf"), ("text/csv", ".csv"), ("text/html; evil/../", ".bin")])
def test_the_key_ends_like_the_type_and_names_nothing(storage, type, ending):
    assert storage.put(b"x", type=type).key.endswith(ending)


def test_a_damaged_file_is_not_handed_out(folder):
    storage = Storage(folder.as_uri())
    stored = storage.put(b"one credit", type=PDF)
    (folder / stored.key).write_bytes(b"two credits")
    with pytest.raises(GaveUp, match="damaged"):
        storage.get(stored.key)


def test_only_the_owner_may_enter_the_folder(folder):
    Storage(folder.as_uri())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_other_files_in_the_folder_are_none_of_ours(folder):
    storage = Storage(folder.as_uri())
    (folder / "notes.txt").write_text("not ours")
    assert list(storage.keys()) == []


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match="cannot be made or opened"):
        Storage((tmp_path / "file" / "folder").as_uri())


def test_a_bucket_that_does_not_let_us_in(bucket):
    storage = in_bucket(bucket)
    bucket.refuse_with = 403
    with pytest.raises(TryLater, match="s3://files/hub does not let us in: ") as refusal:
        storage.put(b"x", type=PDF)
    assert "\n" not in refusal.value.words
    assert "s3cret" not in refusal.value.words


def test_a_bucket_that_is_gone(bucket):
    storage = in_bucket(bucket)
    bucket.shutdown()
    bucket.server_close()
    with pytest.raises(TryLater, match="s3://files/hub does not answer: "):
        storage.get(NEVER_STORED)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "files",
        "file://files",
        "file://host/files",
        "s3:///files",
        "ftp://host/files",
        "s3://bucket?end=http://x",
        "s3://user:s3cret@bucket",
    ],
)
def test_a_wrong_setting_is_told_without_secrets(url):
    with pytest.raises(BadInput, match="ECHO_STORAGE_URL") as refusal:
        Storage(url)
    assert "s3cret" not in str(refusal.value)
