"""Sections `traffic.journeys`, and of Poisson sources `dwell` and `ride`: phones that move while they are connected."""

from typing import Literal

from sim.scenario.sections import ASSUMED, HOUSE, Name, Section, Share, key

# A key is a row, as wide as prose may be.
# fmt: off


class Mode(Section):
    """A way of travelling."""

    name: Name = key("name of the mode", evidence=False)
    share: Share = key("share of phones that begin a call or a session on a journey of this mode")
    speed_m_s: float = key("mean speed", within="[0.000001, 100]", unit="m/s")
    speed_cv: float = key(
        "coefficient of variation of the speed, lognormal; 0 for one speed", 0.0, "[0, 3]", "1", HOUSE)
    way: Literal["straight", "corridor"] = key(
        "straight: in a direction of its own, turned round where the region ends; corridor: along the corridor between "
        "settlements that crosses the phone's square, straight where none does", "straight", source=HOUSE)


class Journeys(Section):
    """Phones of subscribers that move while they are connected; without modes everybody stays where he is."""

    modes: tuple[Mode, ...] = key("modes of travelling; what their shares leave stays put", (), length="[0, 16]")

    @property
    def is_on(self) -> bool:
        """Return whether anybody moves."""
        return any(mode.share > 0.0 for mode in self.modes)

    @property
    def uses_corridors(self) -> bool:
        """Return whether anybody goes along a corridor."""
        return any(mode.share > 0.0 and mode.way == "corridor" for mode in self.modes)


class Dwell(Section):
    """The law of the time that a phone stays in a cell, before it goes on to another one."""

    law: Literal["fixed", "exponential", "erlang", "lognormal"] = key(
        "law of the time; the first is what is left of one in equilibrium", "exponential", source=HOUSE)
    mean_s: float = key("mean", within="(0, 1000000]", unit="s")
    shape: int = key("erlang: number of exponential parts", 2, "[1, 8]", source=HOUSE)
    cv: float = key("lognormal: coefficient of variation", 1.0, "(0, 10]", "1", HOUSE)
    among: tuple[str, ...] = key(
        "cells among which phones go; from each to any of the others alike", length="[2, 1000]", evidence=False)


class Ride(Section):
    """A train, or another vehicle, from which a source calls: it goes to and fro along a line."""

    network: Name = key("network of the phones", evidence=False)
    x_km: tuple[float, ...] = key(
        "points of the line, east of the region's south-west corner", unit="km", length="[2, 10000]", evidence=False)
    y_km: tuple[float, ...] = key(
        "the same, north of it", unit="km", length="[2, 10000]", evidence=False)
    speed_m_s: float = key("speed", within="[0.000001, 150]", unit="m/s")
    length_m: float = key("length of the vehicle, over which the phones are spread", 200.0, "[0, 2000]", "m", ASSUMED)
    departs_s: float = key(
        "time at which its head leaves the first point, from the begin of the measured window", 0.0,
        "[-1000000000, 1000000000]", "s", HOUSE)
