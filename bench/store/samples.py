"""Time series of one trial as a file: written whole, read with bounds."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.errors import BenchError

Series = Mapping[str, npt.NDArray[Any]]
"""Time series of one trial by name."""
MOST_SAMPLES_BYTES = 64 << 20
"""Of the time series of one trial, unpacked: a day of samples, ten a second, is a tenth of it."""
_NO_ZIP = (zipfile.BadZipFile, zlib.error, RuntimeError)
"""RuntimeError: it says that it is encrypted, or is packed in a way that Python does not know."""


def as_npz(series: Series) -> bytes:
    """What ``numpy.load`` reads."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **series)
    return buffer.getvalue()


def series_in(path: Path, names: Collection[str] | None = None) -> dict[str, npt.NDArray[Any]]:
    """The series of a file by name, of these names only if any are given.

    Raises:
        BenchError: They cannot be read.
    """
    try:
        return _series(path, names)
    except (OSError, ValueError, KeyError, EOFError, *_NO_ZIP) as error:
        problem = f"{path} has no time series that can be read: {error}"
        remedy = "Remove it: the trial's record has all else"
        raise BenchError(problem, remedy=remedy) from error


def _series(path: Path, names: Collection[str] | None) -> dict[str, npt.NDArray[Any]]:
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
        if size > MOST_SAMPLES_BYTES:
            raise ValueError(
                f"they would take {size:,} bytes, at most {MOST_SAMPLES_BYTES:,} may be"
            )
        found = {}
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            if names is None or name in names:
                found[name] = _array(archive.read(member))
        return found


def _array(data: bytes) -> npt.NDArray[Any]:
    """Of one dimension, as all series are; a header that asks for more memory is no series."""
    array: npt.NDArray[Any] = np.load(io.BytesIO(data), allow_pickle=False, max_header_size=1_000)
    if array.ndim != 1 or array.nbytes > len(data):
        raise ValueError(f"its shape is {array.shape}")
    return array
