"""Who wants to call when: plain loops over subscribers, hours and numbers."""

import math

from sim.streams import (
    STREAM_FIXED_COUNT,
    STREAM_FIXED_TIME,
    STREAM_INTENT_COUNT,
    STREAM_INTENT_TIME,
    STREAM_SOURCE_COUNT,
    STREAM_SOURCE_TIME,
    uniform,
)
from sim.traffic.durations import mean_holding_s
from sim.traffic.profile import class_rates, start_hour

WEEKDAY_OF_EPOCH = 3


def poisson(u, mean):
    """The smallest n whose cumulative probability reaches u."""
    n, term = 0, math.exp(-mean)
    total = term
    while total < u:
        n += 1
        term *= mean / n
        if n > mean and total + term == total:
            break
        total += term
    return n


def hours_of(scenario):
    """Each hour touched by warm-up and window: number and the simulated time at which it begins."""
    hour, offset_s = start_hour(scenario.run.start)
    begin_s = -scenario.warmup_h * 3600.0
    end_s = scenario.run.duration_h * 3600.0
    number = math.floor((begin_s + offset_s) / 3600.0)
    while number * 3600.0 - offset_s < end_s:
        yield hour + number, number * 3600.0 - offset_s
        number += 1


def weight_of(profile, hour):
    weights = [daily * weekly for weekly in profile.weekly for daily in profile.daily]
    weekday = (hour // 24 + WEEKDAY_OF_EPOCH) % 7
    busiest = max(profile.daily) * max(profile.weekly)
    return weights[weekday * 24 + hour % 24] / busiest


def rates_of(profile, hour):
    """Rates at the begin, the half and the end of an hour, each over its mean."""
    before, mean, after = (weight_of(profile, hour + k) for k in (-1, 0, 1))
    if mean == 0.0 or profile.shape == "steps":
        return 1.0, 1.0, 1.0
    begin = min(0.5 * (before + mean), 2.0 * before, 2.0 * mean) / mean
    end = min(0.5 * (mean + after), 2.0 * mean, 2.0 * after) / mean
    return begin, 2.0 - 0.5 * (begin + end), end


def in_hour(v, rates):
    """When in an hour, as a part of it, a draw puts an intent."""
    begin, middle, end = rates
    first_half = 0.25 * (begin + middle)
    if v < first_half:
        return half_hour(v, begin, middle)
    return min(0.5 + half_hour(v - first_half, middle, end), 1.0 - 2.0**-53)


def half_hour(v, rate, last_rate):
    """Where in half an hour with a linear rate so much has come."""
    if v <= 0.0:
        return 0.0
    return 2.0 * v / (rate + math.sqrt(max(0.0, rate * rate + 4.0 * (last_rate - rate) * v)))


def intents_of(scenario, world, replication):
    """Every intent of a subscriber in warm-up and window, as (time_s, row, root)."""
    seed = scenario.seed
    rates = class_rates(scenario)
    begin_s = -scenario.warmup_h * 3600.0
    end_s = scenario.run.duration_h * 3600.0
    for hour, hour_s in hours_of(scenario):
        weight = weight_of(scenario.traffic.profile, hour)
        rates_now = rates_of(scenario.traffic.profile, hour)
        for row, entity in enumerate(world.subscribers.subscriber_id.tolist()):
            mean = float(rates[world.subscribers.class_idx[row]]) * weight
            count = poisson(uniform(seed, replication, STREAM_INTENT_COUNT, entity, hour), mean)
            for number in range(count):
                root = hour * 2**24 + number
                u = uniform(seed, replication, STREAM_INTENT_TIME, entity, root)
                time_s = hour_s + in_hour(u, rates_now) * 3600.0
                if begin_s <= time_s < end_s:
                    yield time_s, row, root


def source_calls_of(scenario, replication):
    """Every call of a Poisson source in warm-up and window, as (time_s, source, address)."""
    seed = scenario.seed
    begin_s = -scenario.warmup_h * 3600.0
    end_s = scenario.run.duration_h * 3600.0
    for hour, hour_s in hours_of(scenario):
        for number, source in enumerate(scenario.traffic.sources):
            per_hour = source.offered_erl / mean_holding_s(source.holding) * 3600.0
            parts = math.ceil(per_hour / 32.0)
            for part in range(parts):
                first = hour * 2**24 + part * 2**8
                u = uniform(seed, replication, STREAM_SOURCE_COUNT, number, first)
                for k in range(poisson(u, per_hour / parts)):
                    v = uniform(seed, replication, STREAM_SOURCE_TIME, number, first + k)
                    time_s = hour_s + v * 3600.0
                    if begin_s <= time_s < end_s:
                        yield time_s, number, first + k


def fixed_intents_of(scenario, world, replication):
    """Every intent of a fixed line in warm-up and window, as (time_s, node, root)."""
    seed, traffic = scenario.seed, scenario.fixed.traffic
    begin_s = -scenario.warmup_h * 3600.0
    end_s = scenario.run.duration_h * 3600.0
    for node, n_lines in enumerate(world.exchanges.n_lines.tolist()):
        share = (
            1.0 if world.exchanges.is_manual[node] else traffic.toll_share + traffic.mobile_share
        )
        busy_hour = n_lines * traffic.busy_hour_calls_per_line * share
        for hour, hour_s in hours_of(scenario):
            per_hour = busy_hour * weight_of(scenario.traffic.profile, hour)
            rates_now = rates_of(scenario.traffic.profile, hour)
            parts = math.ceil(per_hour / 32.0)
            for part in range(parts):
                first = hour * 2**24 + part * 2**8
                u = uniform(seed, replication, STREAM_FIXED_COUNT, node, first)
                for k in range(poisson(u, per_hour / parts)):
                    v = uniform(seed, replication, STREAM_FIXED_TIME, node, first + k)
                    time_s = hour_s + in_hour(v, rates_now) * 3600.0
                    if begin_s <= time_s < end_s:
                        yield time_s, node, first + k
