"""The room of data: flows in progress, and what they are to each cell (docs/data.md)."""

import math
from typing import NamedTuple

from sim.engine.recorder import row_dtype
from sim.engine.rooms import F8, I4, I8, U1, Integral, array, given, log, pool, queue, row
from sim.engine.views import view
from sim.tables import FLOWS


@row
class DataRules:
    """Parameters of data."""

    is_wanted: I8 = given("traffic.data.is_wanted")  # whether anybody asks for data
    is_hsdpa: I8 = given("radio.hsdpa.is_on")
    max_codes: I8 = given("radio.hsdpa.max_codes")  # of spreading factor 16
    max_flows: I8 = given("radio.hsdpa.max_flows")  # of a cell over HSDPA
    min_rate_bps: F8 = given("radio.hsdpa.min_rate_bps")  # flows that would get less are refused
    max_transmissions: I8 = given("radio.hsdpa.max_transmissions")  # of a block
    max_stall_s: F8 = given("radio.hsdpa.max_stall_s")  # a flow that gets nothing so long is cut
    first_bearer: I8 = given("radio.wcdma.services", len)  # bearers are services behind the others
    n_down: I8 = given("radio.wcdma.downlink_bearers", len)
    n_up: I8 = given("radio.wcdma.uplink_bearers", len)


@row
class Law:
    """A law of sizes."""

    law: I8  # FIXED and so on of `sim.traffic.sizes`
    a: F8  # parameters, as in SizeLaw
    b: F8
    c: F8
    d: F8


@row
class Use:
    """What phones do with data."""

    is_up: I8  # whether they send
    pages_mean: F8  # mean number of pages of a session
    reading_mean_s: F8  # mean time from the end of a page to the next [s]
    sizes: Law  # of pages


@row
class Source:
    """A Poisson source of flows."""

    cell_idx: I8  # first-ranked cell of its phones
    is_up: I8  # whether they send
    category: I8  # HS-DSCH category of its phones, 0 for none
    peak_bps: F8  # greatest rate of a flow, infinite for none [bit/s]
    weight: F8  # of a flow in the sharing of the cell
    sizes: Law  # of flows


@row
class Device:
    """What a device can do."""

    category: I8  # HS-DSCH category, 0 for none
    peak_bps: F8  # greatest rate, infinite for none [bit/s]


@row
class Bearer:
    """A Release 99 bearer; what it asks of the radio stands among the services there."""

    down_bps: F8
    up_bps: F8


@row
class DataCell:
    """Flows whose first-ranked cell it is."""

    flows: Integral  # flows over HSDPA
    active: Integral  # 1 while one of them is served
    sent_bps: Integral  # their rates together, as of the last time that they were worked off
    hsdpa_w_s: F8  # power sent to them, over the window [W s]
    bearer_s: F8  # Release 99 bearers that have ended, over the window
    bearer_bit: F8  # what these carried
    run_bit: F8  # what all flows were sent in the whole run
    finish_s: F8 = math.inf  # when the first of those over HSDPA ends, infinite for none
    due_s: F8 = math.inf  # for when an event is in the wheel, infinite for none
    n_scheduled: I8  # events put into the wheel so far: the address of the next
    first_flow: I4 = -1  # chain of the flows over HSDPA
    finish_flow: I4 = -1  # the one that ends first
    n_served: I4  # those that get anything


@row
class Flow:
    """A flow in progress."""

    residual_bit: F8  # bits to come, as of the last time that the cell's were worked off
    rate_bps: F8  # present rate
    alone_bps: F8  # over HSDPA: rate if it were alone in its cell
    speed_bps: F8  # rate while it is scheduled
    most_share: F8  # greatest share of the intervals
    share: F8  # present one
    peak_bps: F8  # greatest rate, infinite for none
    weight: F8  # in the sharing of the cell
    stalled_s: F8  # since when it gets nothing, NaN if it gets something [s]
    line: I4  # row of the subscriber, -1 for a source's
    place: I4  # of its phone for the radio
    before: I4  # chain of the cell's flows over HSDPA
    after: I4
    mover: I4  # its phone on its way over HSDPA, -1 for one that stays
    phone: I4  # its phone on the radio while it has a bearer, -1 else
    category: U1  # HS-DSCH category of its phone, 0 for none
    is_held_back: U1  # whether its share is its greatest, while shares are sought


class Data(NamedTuple):
    """Data flows."""

    rules: array(DataRules, "one")
    uses: array(Use, "use")
    sources: array(Source, "source")
    devices: array(Device, "device")
    bearers: array(Bearer, "bearer")  # those down, then those up
    use_share: array(F8, "class", "device", "use")  # cumulative shares of the uses in sessions
    class_weight: array(F8, "class")  # weight of the flows of each class
    # Transport blocks, as in `sim.radio.hsdpa.CqiTables`.
    block_bit: array(I8, "category", "cqi")
    n_codes: array(I8, "category", "cqi")
    lowest_cqi: array(I8, "category", "cqi")
    distance: array(I8, "category")
    most_bps: array(F8, "category")
    least_snr_db: array(F8, "cqi")  # least SNR of each CQI
    gain: array(F8, "flow_count")  # of the scheduler over so many flows
    cells: array(DataCell, "cell")
    flows: array(Flow, "flow", grows=True)
    flow_row: array(row_dtype(FLOWS), "flow", grows=True)  # their rows as far as they are known
    free: pool("flow")
    lost: queue("flow")  # flows that were shed or cut and whose rows wait
    ended: log(FLOWS)


data_of = view(Data)
