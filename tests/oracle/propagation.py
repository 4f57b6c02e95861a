"""The plain model of path loss over terrain: lists, one formula after the other as the Recommendations print them."""

import math

C_M_S = 299_792_458.0


def knife_edge(nu):
    if nu > -0.78:
        return 6.9 + 20 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1) + nu - 0.1)
    return 0.0


def bullington(d, h, hts, hrs, f_mhz, ae):
    """ITU-R P.452-17, equations 14 to 22."""
    wavelength, dtot = C_M_S / (f_mhz * 1e6), d[-1]
    inner = [(x, y + 500 / ae * x * (dtot - x)) for x, y in zip(d[1:-1], h[1:-1], strict=True)]
    s_tim = max((y - hts) / x for x, y in inner)
    if s_tim < (hrs - hts) / dtot:
        nu = max(
            (y - (hts * (dtot - x) + hrs * x) / dtot)
            * math.sqrt(0.002 * dtot / (wavelength * x * (dtot - x)))
            for x, y in inner
        )
    else:
        s_rim = max((y - hrs) / (dtot - x) for x, y in inner)
        db = (hrs - hts + s_rim * dtot) / (s_tim + s_rim)
        over = hts + s_tim * db - (hts * (dtot - db) + hrs * db) / dtot
        nu = over * math.sqrt(0.002 * dtot / (wavelength * db * (dtot - db)))
    luc = knife_edge(nu)
    return luc + (1 - math.exp(-luc / 6)) * (10 + 0.02 * dtot)


def first_term(d, hte, hre, adft, f_mhz, vertical, eps=22.0, sigma=0.003):
    """ITU-R P.452-17, equations 30 to 37."""
    f = f_mhz / 1000
    k = 0.036 * (adft * f) ** (-1 / 3) * ((eps - 1) ** 2 + (18 * sigma / f) ** 2) ** (-1 / 4)
    if vertical:
        k *= (eps**2 + (18 * sigma / f) ** 2) ** 0.5
    beta = (1 + 1.6 * k**2 + 0.67 * k**4) / (1 + 4.5 * k**2 + 1.53 * k**4)
    x = 21.88 * beta * (f / adft**2) ** (1 / 3) * d
    fx = 11 + 10 * math.log10(x) - 17.6 * x if x >= 1.6 else None
    if fx is None:
        fx = -20 * math.log10(x) - 5.6488 * x**1.425

    def g(height):
        b = beta * 0.9575 * beta * (f**2 / adft) ** (1 / 3) * height
        if b > 2:
            gain = 17.6 * (b - 1.1) ** 0.5 - 5 * math.log10(b - 1.1) - 8
        else:
            gain = 20 * math.log10(b + 0.1 * b**3)
        return max(gain, 2 + 20 * math.log10(k))

    return -fx - g(hte) - g(hre)


def spherical(d, hte, hre, f_mhz, ae, vertical):
    """ITU-R P.452-17, equations 23 to 28."""
    if d >= math.sqrt(2 * ae) * (math.sqrt(0.001 * hte) + math.sqrt(0.001 * hre)):
        return first_term(d, hte, hre, ae, f_mhz, vertical)
    c, m = (hte - hre) / (hte + hre), 250 * d * d / (ae * (hte + hre))
    cosine = max(-1.0, min(1.0, 3 * c / 2 * math.sqrt(3 * m / (m + 1) ** 3)))
    b = 2 * math.sqrt((m + 1) / (3 * m)) * math.cos(math.pi / 3 + math.acos(cosine) / 3)
    d1 = d / 2 * (1 + b)
    d2 = d - d1
    hse = ((hte - 500 * d1**2 / ae) * d2 + (hre - 500 * d2**2 / ae) * d1) / d
    hreq = 17.456 * math.sqrt(d1 * d2 * C_M_S / (f_mhz * 1e6) / d)
    if hse > hreq:
        return 0.0
    aem = 500 * (d / (math.sqrt(hte) + math.sqrt(hre))) ** 2
    return max(0.0, (1 - hse / hreq) * first_term(d, hte, hre, aem, f_mhz, vertical))


def smooth_heights(d, h, hts, hrs):
    """ITU-R P.1812-6, attachment 1, equations 85 to 91."""
    dtot, pairs = d[-1], list(zip(d, d[1:], h, h[1:], strict=False))
    v1 = sum((b - a) * (hb + ha) for a, b, ha, hb in pairs)
    v2 = sum((b - a) * (hb * (2 * b + a) + ha * (b + 2 * a)) for a, b, ha, hb in pairs)
    hst, hsr = (2 * v1 * dtot - v2) / dtot**2, (v2 - v1 * dtot) / dtot**2
    inner = [
        (x, y - (hts * (dtot - x) + hrs * x) / dtot) for x, y in zip(d[1:-1], h[1:-1], strict=True)
    ]
    hobs = max(y for _, y in inner)
    if hobs > 0:
        at, ar = max(y / x for x, y in inner), max(y / (dtot - x) for x, y in inner)
        hst, hsr = hst - hobs * at / (at + ar), hsr - hobs * ar / (at + ar)
    return min(hst, h[0]), min(hsr, h[-1])


def delta_bullington(d, h, hts, hrs, f_mhz, ae, vertical=True):
    """ITU-R P.452-17, equations 38 to 40."""
    hstd, hsrd = smooth_heights(d, h, hts, hrs)
    lbulls = bullington(d, [0.0] * len(d), hts - hstd, hrs - hsrd, f_mhz, ae)
    ldsph = spherical(d[-1], hts - hstd, hrs - hsrd, f_mhz, ae, vertical)
    return bullington(d, h, hts, hrs, f_mhz, ae) + max(ldsph - lbulls, 0)


def bilinear(heights, row, col):
    row = min(max(row, 0.0), len(heights) - 1.0)
    col = min(max(col, 0.0), len(heights[0]) - 1.0)
    i, j = min(int(row), len(heights) - 2), min(int(col), len(heights[0]) - 2)
    south, east = row - i, col - j
    north_line = float(heights[i][j]) * (1 - east) + float(heights[i][j + 1]) * east
    south_line = float(heights[i + 1][j]) * (1 - east) + float(heights[i + 1][j + 1]) * east
    return north_line * (1 - south) + south_line * south


def crossings(start, end):
    """Shares of a path between two places (row, col) at which a row or column is whole, with 0 and 1 about them."""
    found = {0.0, 1.0}
    for a, b in zip(start, end, strict=True):
        for line in range(math.ceil(min(a, b)), math.floor(max(a, b)) + 1):
            if a != b and 0 < (line - a) / (b - a) < 1:
                found.add((line - a) / (b - a))
    return sorted(found)


def off_middle(n_parts):
    """How far beside a middle between so many heights a side paths end: the two-point Gauss node from the next one."""
    node = 0.5 - math.sqrt(1 / 12)
    return node if n_parts % 2 else 0.5 - node


def square_loss(
    heights, corner, mast, place, frequency_mhz, phone_m, step_m, least_m, aside=(0, 0), ae=8500.0
):
    """
    Loss from a mast (x, y, height) to the middle of the square at (row, col), without clutter.

    Heights are those on the way to a place aside from it; with a step of 0 the points lie where that way crosses lines.
    """
    x_min, y_max, side = corner
    x, y = x_min + (place[1] + 0.5) * side, y_max - (place[0] + 0.5) * side
    path_m = math.sqrt((x - mast[0]) ** 2 + (y - mast[1]) ** 2)
    start = (y_max - mast[1]) / side - 0.5, (mast[0] - x_min) / side - 0.5
    end = place[0] + aside[0], place[1] + aside[1]
    if step_m > 0:
        n = max(2, math.ceil(path_m / step_m))
        shares = [i / n for i in range(n + 1)]
    else:
        shares = crossings(start, end)
    h = [
        bilinear(heights, *(a + (b - a) * share for a, b in zip(start, end, strict=True)))
        for share in shares
    ]
    hts, hrs = h[0] + mast[2], h[-1] + phone_m
    slant_m = max(math.sqrt(max(path_m, least_m) ** 2 + (hts - hrs) ** 2), 20.0)
    free = 20 * math.log10(4 * math.pi * slant_m * frequency_mhz * 1e6 / C_M_S)
    if path_m <= (step_m or side) or len(shares) < 3:
        return free
    d = [path_m / 1000 * share for share in shares]
    return free + delta_bullington(d, h, hts, hrs, frequency_mhz, ae)
