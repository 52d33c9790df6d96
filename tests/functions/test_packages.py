"""Uploaded code: unpacked once, whole or not at all, and never outside its folder."""

import base64
import hashlib
import io
import stat
import zipfile

import pytest

from tobiishi.functions import packages
from tobiishi.functions.packages import PackageError, Packages


def archive(files: dict[str, str], modes: dict[str, int] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, text in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (modes or {}).get(name, 0o644) << 16
            opened.writestr(info, text)
    return buffer.getvalue()


def test_a_package_is_unpacked_under_its_digest(tmp_path):
    code = archive({"handler.py": "x = 1", "lib/part.py": "y = 2", "bin/tool": "#!/bin/sh"}, {"bin/tool": 0o755})
    package = Packages(tmp_path).add(code)
    assert package.digest == hashlib.sha256(code).hexdigest()
    assert base64.b64decode(package.code_sha256).hex() == package.digest
    assert (package.root / "lib" / "part.py").read_text() == "y = 2"
    assert (package.root / "bin" / "tool").stat().st_mode & stat.S_IXUSR
    assert [entry.name for entry in tmp_path.iterdir()] == [package.digest]


def test_the_same_code_is_unpacked_once(tmp_path):
    store = Packages(tmp_path)
    first = store.add(archive({"a.py": "1"}))
    (first.root / "mark").touch()
    assert (store.add(archive({"a.py": "1"})).root / "mark").exists()


@pytest.mark.parametrize("name", ["../evil.py", "/evil.py", "a/../../evil.py", "a\\..\\evil.py"])
def test_nothing_leaves_the_folder(tmp_path, name):
    with pytest.raises(PackageError):
        Packages(tmp_path / "code").add(archive({name: "x"}))
    assert list(tmp_path.rglob("*evil*")) == []
    assert list((tmp_path / "code").iterdir()) == []


def test_links_are_refused(tmp_path):
    with pytest.raises(PackageError):
        Packages(tmp_path).add(archive({"link": "/etc/passwd"}, {"link": stat.S_IFLNK | 0o777}))


@pytest.mark.parametrize("code", [b"", b"no zip", archive({}), archive({"a.py": "x" * 500})[:-30]])
def test_what_is_no_archive_is_refused(tmp_path, code):
    with pytest.raises(PackageError):
        Packages(tmp_path).add(code)


def test_names_that_cannot_be_written_are_refused(tmp_path):
    for files in ({"a": "x", "a/b": "y"}, {"a" * 300: "x"}):
        with pytest.raises(PackageError):
            Packages(tmp_path).add(archive(files))
    assert list(tmp_path.iterdir()) == []


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "MAX_UNZIPPED", 1000)
    with pytest.raises(PackageError, match="1000"):
        Packages(tmp_path).add(archive({"a.py": "x" * 2000}))


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "MAX_UNZIPPED", 1000)
    code = archive({"a.py": "x" * 5000}).replace((5000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(PackageError):
        Packages(tmp_path).add(code)


def test_what_nothing_uses_is_swept(tmp_path):
    store = Packages(tmp_path)
    kept, gone = store.add(archive({"a.py": "1"})), store.add(archive({"a.py": "2"}))
    (tmp_path / "unpacking-abc").mkdir()
    store.sweep({kept.digest})
    assert kept.root.exists()
    assert not gone.root.exists()
    assert not (tmp_path / "unpacking-abc").exists()
