"""Code as it was uploaded: zip files, unpacked once into folders that are named by their content.

A package's folder is complete or absent: it is unpacked beside its place and renamed into it. Nothing in an archive can
reach out of its folder, be larger than Lambda allows, or be anything but a plain file.
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 50 MB zipped, 250 MB unzipped.)
"""

import base64
import errno
import hashlib
import io
import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

MAX_ZIPPED: Final = 50 * 1024 * 1024
MAX_UNZIPPED: Final = 250 * 1024 * 1024
MAX_FILES: Final = 50_000
_CHUNK: Final = 1024 * 1024
_UNREADABLE: Final = "Could not unzip uploaded file. Please check your file, then try to upload again."
_BAD_ARCHIVE: Final = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error),
    *(RuntimeError, EOFError, ValueError),
)
"""What `zipfile` raises for files that are damaged, or encrypted or compressed in ways it does not know."""
_BAD_NAMES: Final = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG}
"""A file of the archive stands where another must be, or no file system has its name."""


class PackageError(Exception):
    """The bytes cannot be a function's code; the message is AWS's where AWS has one."""


@dataclass(frozen=True, slots=True)
class Package:
    """An unpacked archive. `digest` is its SHA-256 in hexadecimal, `size` that of the archive in bytes."""

    digest: str
    size: int
    root: Path

    @property
    def code_sha256(self) -> str:
        """The digest as Lambda shows it, in base64."""
        return base64.b64encode(bytes.fromhex(self.digest)).decode()


class Packages:
    """The packages in one folder. Methods block: call them in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, archive: bytes) -> Package:
        """Unpack an archive, unless it is there already. Raises `PackageError` or `OSError`."""
        if len(archive) > MAX_ZIPPED:
            raise PackageError(f"Request must be smaller than {MAX_ZIPPED} bytes for the zipped code")
        digest = hashlib.sha256(archive).hexdigest()
        package = self.find(digest, len(archive))
        if not package.root.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._unpack(archive, package.root)
        return package

    def find(self, digest: str, size: int) -> Package:
        """Return the package that was added with this digest."""
        return Package(digest, size, self._folder / digest)

    def sweep(self, used: Collection[str]) -> None:
        """Delete what no function uses: code of deleted functions, and what a crash left half unpacked."""
        if self._folder.is_dir():
            for entry in self._folder.iterdir():
                if entry.name not in used:
                    shutil.rmtree(entry, ignore_errors=True)

    def _unpack(self, archive: bytes, root: Path) -> None:
        beside = Path(tempfile.mkdtemp(prefix="unpacking-", dir=self._folder))
        try:
            _extract(archive, beside)
            _sync(beside)
            beside.rename(root)
            _sync_entries(self._folder)
        except OSError:
            if not root.exists():  # otherwise somebody else has just put the same code there
                raise
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Have everything in a folder on disk before a function names it: a power cut must not leave half a package."""
    for path, _, files in os.walk(folder):
        for file in files:
            with Path(path, file).open("rb") as written:
                os.fsync(written.fileno())
        _sync_entries(Path(path))


def _sync_entries(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _extract(archive: bytes, folder: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = opened.infolist()
            _check(entries)
            left = MAX_UNZIPPED
            for entry in entries:
                left = _extract_one(opened, entry, folder, left)
    except _BAD_ARCHIVE:
        raise PackageError(_UNREADABLE) from None
    except OSError as error:
        if error.errno not in _BAD_NAMES:
            raise
        raise PackageError(_UNREADABLE) from None


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if not entries:
        raise PackageError("Uploaded file must be a non-empty zip")
    if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_UNZIPPED:
        raise PackageError(f"Unzipped size must be smaller than {MAX_UNZIPPED} bytes")


def _extract_one(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, left: int) -> int:
    """Write one entry and return how many bytes may still come: what an archive says of its sizes may be a lie."""
    name = PurePosixPath(entry.filename)
    mode = entry.external_attr >> 16
    if name.is_absolute() or ".." in name.parts or "\\" in entry.filename or stat.S_ISLNK(mode):
        raise PackageError("Could not unzip uploaded file. Its entries must be plain files below its root.")
    target = folder.joinpath(*name.parts)
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return left
    target.parent.mkdir(parents=True, exist_ok=True)
    with opened.open(entry) as source, target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise PackageError(f"Unzipped size must be smaller than {MAX_UNZIPPED} bytes")
            file.write(chunk)
    if mode & stat.S_IXUSR:
        target.chmod(0o755)
    return left
