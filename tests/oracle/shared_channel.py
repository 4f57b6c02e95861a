"""What a flow could get over HSDPA, and how flows share the intervals of a cell: docs/data.md once more."""

import math

from sim.radio.hsdpa import cqi_tables, scheduling_gain

INTERVAL_S = 0.002
CODES_OF_16 = 8  # codes of spreading factor 128 that one of 16 takes


def decibel(ratio):
    return 10.0 * math.log10(ratio)


def error_rate(snr_db, cqi):
    x = 2.0 * (snr_db - 1.03 * cqi + 17.3) / (math.sqrt(3.0) - math.log10(cqi))
    return (1.0 + 10.0 ** min(x, 300.0)) ** (-1.0 / 0.7)


def least_snr_db(cqi, target):
    spread = (math.sqrt(3.0) - math.log10(cqi)) / 2.0
    return spread * math.log10(target**-0.7 - 1.0) + 1.03 * cqi - 17.3


class Blocks:
    """Rates by the tables of blocks."""

    def __init__(self, rules):
        self.rules, self.tables = rules, cqi_tables()

    def least_distance(self, category):
        return int(self.tables.distance[category])

    def most_bps(self, category):
        return max(self.tables.block_bit[category].tolist()) / INTERVAL_S

    def rate_bps(self, category, snr_db, n_codes):
        """What it gets when every interval is its own."""
        blocks, codes = self.tables.block_bit[category], self.tables.n_codes[category]
        heard = [c for c in range(1, 31) if snr_db >= least_snr_db(c, self.rules.bler_target)]
        fitting = [c for c in heard if codes[c] <= n_codes]
        if not fitting:
            return 0.0
        block_bit = int(blocks[max(fitting)])
        lowest = min(c for c in range(1, 31) if blocks[c] == block_bit)
        wrong, mean_transmissions = 1.0, 0.0
        for k in range(1, self.rules.max_transmissions + 1):
            mean_transmissions += wrong
            wrong *= error_rate(snr_db + decibel(k), lowest)
        return block_bit / INTERVAL_S * (1.0 - wrong) / mean_transmissions


class Sharing:
    """Rates of the flows of a cell by what each could get."""

    def __init__(self, rules):
        self.rules, self.blocks = rules, Blocks(rules)
        self.gains = scheduling_gain(rules.max_flows, rules.scheduler_snr_db)

    def gain(self, n):
        return 1.0 if self.rules.scheduler == "round_robin" else float(self.gains[n])

    def rates_bps(self, flows):
        """Of flows with alone_bps, category, peak_bps and weight."""
        served = [one for one in flows if one.alone_bps > 0.0]
        gain = self.gain(len(served)) if served else 1.0
        scheduled_bps = [
            min(gain * one.alone_bps, self.blocks.most_bps(one.category)) for one in served
        ]
        caps = [
            self.most_share(one, rate_bps)
            for one, rate_bps in zip(served, scheduled_bps, strict=True)
        ]
        shares = shares_of(caps, [one.weight for one in served])
        found = {
            id(one): rate_bps * share
            for one, rate_bps, share in zip(served, scheduled_bps, shares, strict=True)
        }
        return [found.get(id(one), 0.0) for one in flows]

    def most_share(self, one, rate_bps):
        most = 1.0 / self.blocks.least_distance(one.category)
        return most if one.peak_bps is None else min(most, one.peak_bps / rate_bps)


def shares_of(caps, weights):
    """min(cap, weight theta), summing to 1; the caps where they sum to no more."""
    if math.fsum(caps) <= 1.0:
        return caps
    # Flows reach their caps in the order of cap / weight as theta rises.
    is_capped = [False] * len(caps)
    for i in sorted(range(len(caps)), key=lambda i: caps[i] / weights[i]):
        theta = level(caps, weights, is_capped)
        if weights[i] * theta < caps[i]:
            break
        is_capped[i] = True
    theta = level(caps, weights, is_capped)
    return [min(cap, weight * theta) for cap, weight in zip(caps, weights, strict=True)]


def level(caps, weights, is_capped):
    left = 1.0 - math.fsum(c for c, is_one in zip(caps, is_capped, strict=True) if is_one)
    free = math.fsum(w for w, is_one in zip(weights, is_capped, strict=True) if not is_one)
    return left / free if free > 0.0 else math.inf
