"""
Random numbers by address.

A draw is a pure function of the key (seed, replication) and the counter (stream, entity, index): it has no state
and no order. The same person makes the same call with the same duration whatever else changes, serially, in
parallel and on a cluster.

References
----------
J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011):
Philox4x32-10.
M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics 37 (1988).
"""

import hashlib
import math

import numpy as np
from numba import uint64
from numpy.typing import NDArray

from sim.compilation.kernels import compiled, kernel

# Streams: one number for each purpose, never used for two. World draws come first.
STREAM_HOME = 1
STREAM_CLASS = 2
STREAM_PLACEMENT = 3
STREAM_RELIEF = 4
STREAM_SHADOWING = 5
STREAM_DEVICE = 6
STREAM_SITES_OFF = 7
STREAM_SECOND_PLACE = 8
STREAM_INTENT_COUNT = 16
STREAM_INTENT_TIME = 17
STREAM_DESTINATION = 18
STREAM_CALLEE = 19
STREAM_DURATION = 20
STREAM_RINGING = 21
STREAM_PATIENCE = 22
STREAM_PHONE_OFF = 23
STREAM_REDIAL = 24
STREAM_LINE = 25
STREAM_RECORD_SAMPLE = 26
STREAM_SOURCE_COUNT = 32
STREAM_SOURCE_TIME = 33
STREAM_SOURCE_DURATION = 34
STREAM_FIXED_COUNT = 35
STREAM_FIXED_TIME = 36
STREAM_FIXED_BUSY = 37
STREAM_AVOIDANCE = 38
STREAM_SERVICE = 42
STREAM_SOURCE_PLACE = 43
# Data and short messages (docs/data.md).
STREAM_SESSION_COUNT = 44
STREAM_SESSION_TIME = 45
STREAM_USE = 46
STREAM_PAGE = 47
STREAM_FLOW_COUNT = 48
STREAM_FLOW_TIME = 49
STREAM_FLOW_SIZE = 50
STREAM_MESSAGE_COUNT = 51
STREAM_MESSAGE_TIME = 52
STREAM_MESSAGE_DESTINATION = 53
STREAM_MESSAGE_RECEIVER = 54
STREAM_PHONE_STATE = 55
# Phones on their way (docs/movement.md).
STREAM_JOURNEY = 56
STREAM_JOURNEY_START = 57
STREAM_JOURNEY_SPEED = 58
STREAM_DWELL = 59
STREAM_DWELL_CELL = 60
# Idle phones (docs/idle_phones.md).
STREAM_REGISTRATION = 61
STREAM_ATTACHMENT = 62
STREAM_EMERGENCY = 63
# Manual exchanges: how long each task of an operator lasts, then what becomes of a call patched by hand.
STREAM_OPERATOR_ANSWER = 64
STREAM_OPERATOR_NUMBER = 65
STREAM_OPERATOR_TEST_LINE = 66
STREAM_OPERATOR_TEST_TRUNK = 67
STREAM_OPERATOR_PASS = 68
STREAM_OPERATOR_PLUG = 69
STREAM_OPERATOR_RING = 70
STREAM_OPERATOR_SUPERVISE = 71
STREAM_OPERATOR_RE_RING = 72
STREAM_OPERATOR_REPORT = 73
STREAM_OPERATOR_TICKET = 74
STREAM_OPERATOR_CALL_BACK = 75
STREAM_OPERATOR_CLEAR = 76
STREAM_OPERATOR_PATIENCE = 80
STREAM_OPERATOR_WRONG = 81
STREAM_OPERATOR_WRONG_TALK = 82
STREAM_OPERATOR_CUT_OFF = 83
STREAM_OPERATOR_NOTICE = 84
STREAM_OPERATOR_LINE_BUSY = 85
STREAM_OPERATOR_LINE_ANSWER = 86
STREAM_OPERATOR_LINE_RING = 87
STREAM_OPERATOR_CALLER_GONE = 88
# Studies of what is not known: their designs and resamples (docs/uncertainty.md).
STREAM_UNCERTAINTY = 96
STREAM_EXTENSION = 2**31
"""First of the streams of users' extensions, which have the upper half of all numbers: see `extension_stream`."""

_MULTIPLIER_0 = uint64(0xD2511F53)
_MULTIPLIER_1 = uint64(0xCD9E8D57)
_WEYL_0 = uint64(0x9E3779B9)
_WEYL_1 = uint64(0xBB67AE85)
_LOW_32 = uint64(0xFFFFFFFF)
_N_ROUNDS = 10
_JUMP_SHIFT = 48


def extension_stream(name: str) -> int:
    """
    Return the stream of a name that an extension gives.

    Parameters
    ----------
    name : str
        What the draws are for, such as `repair_crew.failure`.

    Returns
    -------
    int
        STREAM_EXTENSION plus 31 bits of the name's SHA-256: two names share a stream with probability 2**-31.
    """
    digest = hashlib.sha256(name.encode()).digest()
    return STREAM_EXTENSION + (int.from_bytes(digest[:4]) >> 1)


@compiled
def philox4x32(
    c0: int, c1: int, c2: int, c3: int, k0: int, k1: int
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """
    Return the Philox4x32-10 block of a counter under a key.

    References
    ----------
    Salmon et al. (2011); known-answer vectors of the Random123 distribution.
    """
    x0, x1, x2, x3 = uint64(c0), uint64(c1), uint64(c2), uint64(c3)
    key_0, key_1 = uint64(k0), uint64(k1)
    for _ in range(_N_ROUNDS):
        product_0 = _MULTIPLIER_0 * x0
        product_1 = _MULTIPLIER_1 * x2
        x0, x1, x2, x3 = (
            (product_1 >> uint64(32)) ^ x1 ^ key_0,
            product_1 & _LOW_32,
            (product_0 >> uint64(32)) ^ x3 ^ key_1,
            product_0 & _LOW_32,
        )
        key_0 = (key_0 + _WEYL_0) & _LOW_32
        key_1 = (key_1 + _WEYL_1) & _LOW_32
    return x0, x1, x2, x3


@compiled(int, int, int, int, int)
def uniform_pair(
    seed: int, replication: int, stream: int, entity: int, index: int
) -> tuple[float, float]:
    """
    Return the two uniform draws at an address.

    Parameters
    ----------
    seed, replication : int
        Key, each 0 to 2**32 - 1.
    stream : int
        Purpose of the draw, one of the STREAM constants.
    entity : int
        Whose draw it is, 0 to 2**32 - 1.
    index : int
        Which of the entity's draws it is, 0 to 2**63 - 1.

    Returns
    -------
    tuple of 2 float
        Independent draws, more than 0 and less than 1, on a lattice of 2**-52.
    """
    position = uint64(index)
    w0, w1, w2, w3 = philox4x32(
        position & _LOW_32, position >> uint64(32), entity, stream, seed, replication
    )
    first = (float((w0 << uint64(20)) ^ (w1 >> uint64(12))) + 0.5) * 2.0**-52
    second = (float((w2 << uint64(20)) ^ (w3 >> uint64(12))) + 0.5) * 2.0**-52
    return first, second


@compiled(int, int, int, int, int)
def uniform(seed: int, replication: int, stream: int, entity: int, index: int) -> float:
    """
    Return the uniform draw at an address.

    Parameters
    ----------
    seed, replication : int
        Key, each 0 to 2**32 - 1.
    stream : int
        Purpose of the draw, one of the STREAM constants.
    entity : int
        Whose draw it is, 0 to 2**32 - 1.
    index : int
        Which of the entity's draws it is, 0 to 2**63 - 1.

    Returns
    -------
    float
        Draw, more than 0 and less than 1.
    """
    return uniform_pair(seed, replication, stream, entity, index)[0]


@compiled(int, int, int, "uint32[::1]", "int64[::1]")
def uniforms(
    seed: int,
    replication: int,
    stream: int,
    entities: NDArray[np.uint32],
    indices: NDArray[np.int64],
) -> NDArray[np.float64]:
    """
    Return the uniform draws at many addresses.

    Parameters
    ----------
    seed, replication : int
        Key, each 0 to 2**32 - 1.
    stream : int
        Purpose of the draws, one of the STREAM constants.
    entities : (draw,) ndarray of uint32
        Whose draw each is.
    indices : (draw,) ndarray of int64
        Which of the entity's draws each is, 0 or more.

    Returns
    -------
    (draw,) ndarray of float64
        Draws, more than 0 and less than 1.
    """
    draws = np.empty(len(entities))
    for i in range(len(entities)):
        draws[i] = uniform(seed, replication, stream, entities[i], indices[i])
    return draws


@compiled(int, int, int, int, int, int)
def one_of(seed: int, replication: int, stream: int, entity: int, index: int, n: int) -> int:
    """
    Return one of n, such that with more of them it stays the same or becomes one of the new ones.

    Each number j is a record with probability 1 / (j + 1), whatever the others are, and the last record below n is
    chosen. Records are drawn in octaves 2**k to 2**(k + 1) - 1, from the last one down, until one has a record: draw i
    of octave k is the half i % 2 of the draw (entity, index + (1 + 64 k + i // 2) 2**48). From b numbers on, the next
    record is the whole part of b / draw.

    Parameters
    ----------
    seed, replication : int
        Key, each 0 to 2**32 - 1.
    stream : int
        Purpose of the draw, one of the STREAM constants.
    entity : int
        Whose draw it is, 0 to 2**32 - 1.
    index : int
        Which of the entity's draws it is, 0 to 2**48 - 1.
    n : int
        From how many, 1 to 2**31.

    Returns
    -------
    int
        Each of 0 to n - 1 with probability 1 / n.

    References
    ----------
    J. Lamping, E. Veach, "A fast, minimal memory, consistent hash algorithm", arXiv:1406.2294 (2014): the walk.
    """
    octave = 0
    while 2 << octave < n:
        octave += 1
    while octave >= 0:
        n_before, end, chosen, number, second = 1 << octave, min(n, 2 << octave), -1, 0, 0.0
        while n_before < end:
            draw = second
            if number % 2 == 0:
                jump = (1 + 64 * octave + number // 2) << _JUMP_SHIFT
                draw, second = uniform_pair(seed, replication, stream, entity, index + jump)
            number += 1
            record = n_before / draw
            if record >= end:
                break
            chosen = int(record)
            n_before = chosen + 1
        if chosen >= 0:
            return chosen
        octave -= 1
    return 0


@compiled(float)
def exponential_quantile(p: float) -> float:
    """
    Return the quantile of the exponential law with mean 1.

    Parameters
    ----------
    p : float
        Probability, 0 to less than 1.

    Returns
    -------
    float
        Quantile, 0 or more. [1]
    """
    return -math.log1p(-p)


@compiled
def poisson_quantile(p: float, mean: float) -> int:
    """
    Return the quantile of the Poisson law by summing its probabilities.

    Parameters
    ----------
    p : float
        Probability, more than 0 and less than 1.
    mean : float
        Mean, 0 to 600 (beyond it the first probability underflows). [1]

    Returns
    -------
    int
        Smallest n with P(N <= n) >= p.
    """
    probability = math.exp(-mean)
    cumulative = probability
    n = 0
    # Rounding may leave the sum below p at the far end of the tail; there the next term no longer changes it.
    while cumulative < p and not (n > mean and cumulative + probability == cumulative):
        n += 1
        probability *= mean / n
        cumulative += probability
    return n


@kernel
def _polynomial_ratio(
    r: float, numerator: tuple[float, ...], denominator: tuple[float, ...]
) -> float:
    """Return the ratio of two polynomials of degree 7, coefficients from the highest power."""
    top = numerator[0]
    bottom = denominator[0]
    for i in range(1, 8):
        top = top * r + numerator[i]
        bottom = bottom * r + denominator[i]
    return top / bottom


_CENTRE_NUMERATOR = (
    2.5090809287301226727e3,
    3.3430575583588128105e4,
    6.7265770927008700853e4,
    4.5921953931549871457e4,
    1.3731693765509461125e4,
    1.9715909503065514427e3,
    1.3314166789178437745e2,
    3.3871328727963666080e0,
)
_CENTRE_DENOMINATOR = (
    5.2264952788528545610e3,
    2.8729085735721942674e4,
    3.9307895800092710610e4,
    2.1213794301586595867e4,
    5.3941960214247511077e3,
    6.8718700749205790830e2,
    4.2313330701600911252e1,
    1.0,
)
_MIDDLE_NUMERATOR = (
    7.74545014278341407640e-4,
    2.27238449892691845833e-2,
    2.41780725177450611770e-1,
    1.27045825245236838258e0,
    3.64784832476320460504e0,
    5.76949722146069140550e0,
    4.63033784615654529590e0,
    1.42343711074968357734e0,
)
_MIDDLE_DENOMINATOR = (
    1.05075007164441684324e-9,
    5.47593808499534494600e-4,
    1.51986665636164571966e-2,
    1.48103976427480074590e-1,
    6.89767334985100004550e-1,
    1.67638483018380384940e0,
    2.05319162663775882187e0,
    1.0,
)
_TAIL_NUMERATOR = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    1.24266094738807843860e-3,
    2.65321895265761230930e-2,
    2.96560571828504891230e-1,
    1.78482653991729133580e0,
    5.46378491116411436990e0,
    6.65790464350110377720e0,
)
_TAIL_DENOMINATOR = (
    2.04426310338993978564e-15,
    1.42151175831644588870e-7,
    1.84631831751005468180e-5,
    7.86869131145613259100e-4,
    1.48753612908506148525e-2,
    1.36929880922735805310e-1,
    5.99832206555887937690e-1,
    1.0,
)


@compiled(float)
def normal_quantile(p: float) -> float:
    """
    Return the quantile of the standard normal law.

    Parameters
    ----------
    p : float
        Probability, more than 0 and less than 1.

    Returns
    -------
    float
        Quantile, with a relative error of about 1e-16. [1]

    References
    ----------
    Wichura (1988), AS 241, PPND16.
    """
    q = p - 0.5
    if abs(q) <= 0.425:
        return q * _polynomial_ratio(0.180625 - q * q, _CENTRE_NUMERATOR, _CENTRE_DENOMINATOR)
    r = math.sqrt(-math.log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        value = _polynomial_ratio(r - 1.6, _MIDDLE_NUMERATOR, _MIDDLE_DENOMINATOR)
    else:
        value = _polynomial_ratio(r - 5.0, _TAIL_NUMERATOR, _TAIL_DENOMINATOR)
    return -value if q < 0.0 else value
