"""What a phone with several legs asks of each cell, held to its tangent (docs/wcdma.md, "One phone of a service")."""

from typing import Any

from sim.compilation.kernels import kernel

POWER, _QUALITY, WEIGHT, ASKED = range(4)
"""Columns of the room for the work on a phone: power of each heard cell; 1 / (L I) of a leg, its weight; and what a
leg asks of each cell."""

# A radio is the room, or its arrays where the powers of phones are studied without a network (bench/snapshots.py).


@kernel(inline=True)
def share_power(radio: Any, place: int, n_legs: int, total_w: float) -> float:  # noqa: ANN401
    """
    Return the power that each leg needs, per unit of what the service needs, and keep the weights of the legs.

    Parameters
    ----------
    radio : Radio
        State; its first `legs` hold the ranks of the legs, its scratch the power of each heard cell.
    place : int
        Place of the phone.
    n_legs : int
        Legs, 1 or more.
    total_w : float
        All power that the phone receives, its noise included. [W]

    Returns
    -------
    float
        One over the sum of 1 / (L I) over the legs: h of the rules. [W]
    """
    scratch, legs, orthogonality = radio.scratch, radio.legs, radio.rules[0].orthogonality
    quality = 0.0
    for k in range(n_legs):
        rank = legs[k]
        gain = radio.downlink_gain[place, rank]
        disturbing_w = total_w - orthogonality * scratch[rank, POWER] * gain
        scratch[rank, _QUALITY] = gain / disturbing_w
        quality += scratch[rank, _QUALITY]
    for k in range(n_legs):
        rank = legs[k]
        scratch[rank, WEIGHT] = scratch[rank, _QUALITY] / quality
    return 1.0 / quality


@kernel(inline=True)
def ask(radio: Any, place: int, service: int, n_legs: int) -> float:  # noqa: ANN401
    """
    Fill in what each leg asks per watt of each heard cell.

    Parameters
    ----------
    radio : Radio
        State; its scratch holds the weights of the legs, and gets what is asked.
    place : int
        Place of the phone.
    service : int
        What it asks for.
    n_legs : int
        Legs, 1 or more.

    Returns
    -------
    float
        What each leg asks whatever the cells send. [W]
    """
    scratch, legs, gains = radio.scratch, radio.legs, radio.downlink_gain
    rules, need = radio.rules[0], radio.services[service].need
    spread = 0.0
    for k in range(n_legs):
        rank = legs[k]
        weight = scratch[rank, WEIGHT]
        spread += weight * weight / gains[place, rank]
    for k in range(radio.info[place].n_heard):
        scratch[k, ASKED] = need * spread * gains[place, k]
    for k in range(n_legs):
        rank = legs[k]
        weight = scratch[rank, WEIGHT]
        scratch[rank, ASKED] -= need * rules.orthogonality * weight * weight
    return need * spread * rules.phone_noise_w
