"""Whom a caller calls: network, exchange, line."""

from sim.compilation.kernels import kernel
from sim.network.clockwork import clockwork_of
from sim.network.lines import lines_of
from sim.network.trunks.fixed_lines import FixedLines, fixed_lines_of
from sim.network.voice.state import calls_of
from sim.streams import STREAM_CALLEE, STREAM_DESTINATION, one_of, uniform, uniform_pair


@kernel
def draw_destination(state: int, row: int, root: int) -> tuple[int, float]:
    """Return the network that a subscriber calls, the fixed one the last, and the draw that says if near."""
    rules, line = clockwork_of(state).rules[0], lines_of(state).lines[row]
    u, p_near = uniform_pair(
        rules.seed, rules.replication, STREAM_DESTINATION, line.subscriber_id, root
    )
    share = calls_of(state).destination_share
    network = 0
    while u >= share[line.network_idx, network]:
        network += 1
    return network, p_near


@kernel
def draw_exchange(
    state: int, own: int, entity: int, root: int, province: int, p_near: float
) -> int:
    """Return the exchange of the called fixed line, by its share of all lines, but not the own one; -1 for nobody."""
    own_rules = calls_of(state).rules[0]
    if own_rules.fixed_node >= 0:
        return own_rules.fixed_node
    rules, fixed = clockwork_of(state).rules[0], fixed_lines_of(state)
    u = uniform(rules.seed, rules.replication, STREAM_CALLEE, entity, root)
    chosen = -1
    if p_near < own_rules.same_province_share:
        chosen = _pick_exchange(fixed, own, fixed.first[province], fixed.first[province + 1], u)
    if chosen < 0:
        chosen = _pick_exchange(fixed, own, 0, fixed.first[len(fixed.first) - 1], u)
    return chosen


@kernel
def _pick_exchange(fixed: FixedLines, own: int, begin: int, end: int, u: float) -> int:
    """Pick the exchange of a line of a run of exchanges, but not the own one; -1 when there is none."""
    own_lines = 0
    own_at = -1
    if own >= 0:
        for i in range(begin, end):
            if fixed.node[i] == own:
                own_at = i
                own_lines = fixed.n_before[i + 1] - fixed.n_before[i]
    n = fixed.n_before[end] - fixed.n_before[begin] - own_lines
    if n <= 0:
        return -1
    line = fixed.n_before[begin] + min(n - 1, int(u * n))
    if own_at >= 0 and line >= fixed.n_before[own_at]:
        line += own_lines
    low, high = begin, end - 1
    while low < high:
        middle = (low + high) >> 1
        if line < fixed.n_before[middle + 1]:
            high = middle
        else:
            low = middle + 1
    return fixed.node[low]


@kernel
def draw_callee(
    state: int, row: int, entity: int, root: int, province: int, network: int, p_near: float
) -> tuple[int, float]:
    """Return the row of the called line, -1 for nobody, and the draw that says which of its lines is meant."""
    rules = clockwork_of(state).rules[0]
    _, p_line = uniform_pair(rules.seed, rules.replication, STREAM_CALLEE, entity, root)
    return draw_line(state, STREAM_CALLEE, entity, root, row, province, network, p_near), p_line


@kernel
def draw_line(
    state: int,
    stream: int,
    entity: int,
    address: int,
    row: int,
    province: int,
    network: int,
    p_near: float,
) -> int:
    """
    Draw a line of a network, near or anywhere, but not the own one; -1 when there is nobody else.

    With more lines it stays the same, or becomes a new one.
    """
    rules, lines = clockwork_of(state).rules[0], lines_of(state)
    if p_near < calls_of(state).rules[0].same_province_share:
        first, end = lines.first_row[network, province], lines.first_row[network, province + 1]
        is_among = first <= row < end
        n = end - first - is_among
        if n > 0:
            near = first + one_of(rules.seed, rules.replication, stream, entity, address, n)
            return near + 1 if is_among and near >= row else near
    first, end = lines.first_row[network, 0], lines.first_row[network, -1]
    is_among = first <= row < end
    n = end - first - is_among
    if n <= 0:
        return -1
    number = one_of(rules.seed, rules.replication, stream, entity, address, n)
    found = lines.row_by_id[first + number]
    if is_among and lines.lines[found].subscriber_id >= lines.lines[row].subscriber_id:
        found = lines.row_by_id[first + number + 1]
    return found
