"""Live state of the radio: phones, and with soft capacity what they ask of each cell."""

import math
from typing import NamedTuple

import numpy as np

from sim.compilation.kernels import kernel
from sim.engine.rooms import F8, I2, I4, I8, U1, U4, U8, Integral, array, given, pool, row
from sim.engine.views import view
from sim.radio.wcdma import noise_density_dbm_hz, noise_floor_dbm
from sim.units import NOISE_TEMPERATURE_K, db_to_linear

UNIT = 2.0**-44
"""Coefficients are kept as whole multiples of this: their sums do not depend on the order of adding and taking away."""

_MOST = 1024.0  # no coefficient is larger, so that the sum of 500 still fits

MAX_LEGS = 3
"""Legs of a phone at most."""

N_COLUMNS = 4
"""Columns of the room for the work on one phone."""

_LEGS = np.dtype((U1, (MAX_LEGS,)))


def noise_w(noise_figure_db: float) -> float:
    """
    Return the noise of a receiver over the bandwidth of a carrier.

    Parameters
    ----------
    noise_figure_db : float
        Noise figure. [dB]

    Returns
    -------
    float
        Noise k T W F at 290 K. [W]
    """
    density_dbm_hz = noise_density_dbm_hz(NOISE_TEMPERATURE_K)
    return db_to_linear(noise_floor_dbm(noise_figure_db, density_dbm_hz) - 30.0)


def _dbm_to_w(power_dbm: float) -> float:
    return db_to_linear(power_dbm - 30.0)


def _loss_to_gain(loss_db: float) -> float:
    return 1.0 / db_to_linear(loss_db)


@row
class RadioRules:
    """Parameters of the radio; zeros where cells have channels."""

    phone_noise_w: F8 = given("radio.wcdma.phone_noise_figure_db", noise_w)
    phone_max_w: F8 = given("radio.wcdma.phone_max_power_dbm", _dbm_to_w)
    min_ec_io: F8 = given("radio.wcdma.min_ec_io_db", db_to_linear)
    orthogonality: F8 = given("radio.wcdma.orthogonality")
    link_to_pilot: F8 = given("radio.wcdma.link_power_to_pilot_db", db_to_linear)
    reserved_share: F8 = given(
        "radio.wcdma.hsdpa_reserved_share"
    )  # of a cell's power, not for calls
    update_s: F8 = given("radio.wcdma.power_update_s")
    sample_s: F8 = given("radio.wcdma.coverage_sample_s")
    tolerance: F8 = given("radio.wcdma.power_tolerance")  # relative, of powers
    downlink_leak: F8 = given("radio.adjacent_channel.downlink_acir_db", _loss_to_gain)
    max_gain: F8 = given("radio.wcdma.min_coupling_loss_db", _loss_to_gain)
    code_capacity: I8 = given(
        "radio.wcdma.code_capacity"
    )  # codes of spreading factor 128 of a cell
    is_repacking: U1 = given("radio.wcdma.code_repacking")
    is_coupled: U1 = given("radio.adjacent_channel.is_on")  # whether networks hear each other
    is_soft: U1  # whether cells have soft capacity; channels, if not


@row
class RadioService:
    """What a phone of a service asks for; a bearer is one, too."""

    load: F8  # l of the uplink
    uplink_activity: F8
    need: F8  # g of the downlink
    downlink_activity: F8
    n_codes: I8  # of spreading factor 128
    n_elements: I8  # channel elements


@row
class Cell:
    """A cell of soft capacity."""

    limit_w: F8  # greatest interference with which it admits [W]
    pilot_w: F8
    common_w: F8  # power without phones [W]
    need: I8  # constant part of its phones' need [UNIT of a watt]
    least_tolerance_w: F8 = (
        math.inf
    )  # a bound below the tolerances of the phones that it serves [W]
    site_idx: I4
    n_codes_busy: I4  # codes in use
    first_phone: I4 = -1  # first of those that it serves
    leaves_low: U8  # leaves of the code tree in use, where codes are not repacked
    leaves_high: U8
    # Over the measured window:
    codes: Integral  # codes in use
    further_legs: Integral  # legs of phones that another cell serves
    rise_db_s: F8  # noise rise of the solutions, times seconds
    rise_max_db: F8
    power_w_s: F8  # power of the solutions, times seconds
    power_max_w: F8
    # phones of calls refused for want of a code while codes were free, but not together
    n_fragmented: I8
    n_shed_phone_power: I8  # calls
    n_shed_uplink: I8
    n_shed_downlink: I8


@row
class Site:
    """A site of soft capacity."""

    busy: Integral  # channel elements in use
    n_elements: I4  # channel elements
    n_busy: I4  # those in use


@row
class PlaceInfo:
    """A place: a square with phones of a network."""

    n_heard: U1  # cells that it hears
    n_tried: U1  # legs that are looked at, 0 where no cell serves


@row
class Phone:
    """A phone that holds something of the radio."""

    tolerance_w: F8  # greatest interference of its first cell that its power allows [W]
    address: I8  # of the attempt or flow; the order of shedding is (entity, address, side)
    entity: U4
    cell: I4 = -1  # first-ranked cell; -1 for a phone that is free
    place: I4 = -1  # -1 where cells have channels
    before: I4 = -1  # chain of the phones that the cell serves
    after: I4 = -1
    owner: I4 = -1  # row of what it belongs to
    owner_kind: U1  # Owner
    mover: I4 = -1  # itself on its way, -1 for one that stays where it is
    side: U1  # of a call
    may_be_shed: U1
    has_channel: (
        U1  # whether it counts among the channels in use: phones of calls do, bearers do not
    )
    service: U1
    n_legs: U1  # 0 where cells have channels
    rank: _LEGS  # rank at its place of each leg's cell
    leaf: _LEGS  # first leaf of each leg's code


class Radio(NamedTuple):
    """The radio. Where cells have channels all is empty but for phones, which hold a channel each."""

    rules: array(RadioRules, "one")
    services: array(RadioService, "service")  # of calls, then bearers downwards and upwards
    cells: array(Cell, "cell")
    refusals: array(I8, "cell", "refusal")  # phones of calls refused in the measured window
    sites: array(Site, "site")
    phones: array(Phone, "phone", grows=True)
    free: pool("phone", n_spare=2)
    # Powers [W]: of the last solution, ...
    interference_w: array(F8, "cell")  # interference and noise
    power_w: array(F8, "cell")
    # ... noise and others' phones, common power and phones' needs but for the cell's own part, kept up to date, ...
    elsewhere_w: array(F8, "cell")
    asked_w: array(F8, "cell")
    present_w: array(F8, "cell")  # present power
    # ... and between what they may be.
    noise_w: array(F8, "cell")  # least interference
    cap_w: array(F8, "cell")  # greatest interference
    most_w: array(F8, "cell")  # greatest power
    # For the solution: which cells are to be worked.
    is_never: array(U1, "cell")  # zeros: in the uplink no cell is full
    is_full: array(U1, "cell")  # whether it sends all its power, since a flow over HSDPA is served
    is_due_up: array(U1, "cell")
    is_due_down: array(U1, "cell")
    is_changed_up: array(U1, "cell")  # worked since the last look at who has to be shed
    is_changed_down: array(U1, "cell")
    seen_up_w: array(F8, "cell")  # `elsewhere_w` and `asked_w` when it was last worked
    seen_down_w: array(F8, "cell")
    # Coefficients [UNIT], for each cell those of others on its account: what another hears of its phones, per watt
    # that it hears, and what another's phones need per watt of its power.
    first: array(U4, "cell_end")  # where those of each cell begin
    other: array(U4, "coefficient")  # the other cell
    diagonal: array(I4, "cell")  # place of the coefficient of each cell and itself
    uplink: array(I8, "coefficient")
    downlink: array(I8, "coefficient")
    # Places: cells of the own network by rank, then those of others.
    info: array(PlaceInfo, "place")
    cell: array(I4, "place", "heard")
    uplink_gain: array(F8, "place", "heard")  # 1 / (L ACIR)
    downlink_gain: array(F8, "place", "heard")
    at: array(
        I4, "place", "leg_heard"
    )  # coefficient of each leg's cell and each heard cell: leg * heard
    uplink_at: array(I4, "place", "heard")  # coefficient of each heard cell and the first one
    # What each phone adds [UNIT]: to `uplink`; to `downlink` for each leg, and last to the constant part.
    uplink_of: array(I8, "phone", "heard", grows=True)
    downlink_of: array(I8, "phone", "asked", grows=True)
    # Room for the work on one phone, and for the phones to be shed together with the cells for whose sake.
    scratch: array(F8, "heard", "column")
    legs: array(I8, "leg")  # ranks of their cells
    victims: array(I4, "phone", grows=True)
    victim_cell: array(I4, "phone", grows=True)
    # Who is where.
    place_of_line: array(I4, "line")
    emergency_place: array(I4, "line")  # for emergency calls, where these roam
    source_first: array(I4, "cell_end")  # where the places of each cell's sources begin
    source_places: array(I4, "source_place")  # places where a cell is the first that serves
    # Looks at the coverage: every square of every network, with the cells heard.
    heard_cell: array(I4, "square", "rank")
    heard_cdbm: array(I2, "square", "rank")  # received pilot power [0.01 dBm]
    n_serving: array(U1, "square")  # how many of them serve
    is_served: array(U1, "square")  # whether the first of them serves
    n_covered: array(I4, "square")  # looks at which it was covered
    looks: array(I8, "one")  # looks so far


radio_of = view(Radio)


@kernel(inline=True)
def in_units(value: float) -> int:
    """
    Return a coefficient as the nearest multiple of UNIT.

    Parameters
    ----------
    value : float
        Coefficient, 0 or more; 1024 stands for all above.

    Returns
    -------
    int
        How many times UNIT.
    """
    return math.floor(min(value, _MOST) / UNIT + 0.5)
