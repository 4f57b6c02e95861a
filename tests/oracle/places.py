"""Where lines are by the hour, stated again line by line: kind, county, square, point, presence."""

import math
from datetime import datetime, timedelta

from sim.streams import uniform

STREAM_SECOND_PLACE = 8
KIND, SCOPE, COUNTY, SQUARE, POINT, PRESENCE = range(6)


class PlainPlaces:
    """Homes and second places of the lines of a world."""

    def __init__(self, scenario, world):
        self.scenario, self.world = scenario, world
        self.kinds = scenario.traffic.places
        self.start = datetime.fromisoformat(scenario.run.start)
        self.second = {}
        self.county_of, self.people, self.in_order = [], {}, []
        if self.kinds:
            squares = range(world.grid.n_squares)
            self.county_of = [self.county(square) for square in squares]
            self.in_order = sorted(squares, key=lambda s: (world.grid.row[s], world.grid.col[s]))
            is_known = bool(world.population.any())
            for square, county in enumerate(self.county_of):
                n = float(world.population[square]) if is_known else 1.0
                self.people[county] = self.people.get(county, 0.0) + n

    def draw(self, row, index):
        entity = int(self.world.subscribers.subscriber_id[row])
        key = self.scenario.seed, self.scenario.run.world_replication
        return uniform(*key, STREAM_SECOND_PLACE, entity, index)

    def spot_at(self, row, time_s):
        """The spot of a line at a time of the run."""
        if row not in self.second:
            self.second[row] = self.second_of(row)
        kind, spot = self.second[row]
        if kind is not None:
            now = self.full_hour(time_s)
            share = kind.daily[now.hour] * kind.weekly[now.weekday()]
            if self.draw(row, PRESENCE) < share:
                return spot
        subscribers = self.world.subscribers
        return self.spot_of(int(subscribers.square_idx[row]), int(subscribers.point_idx[row]))

    def full_hour(self, time_s):
        """The last full hour of the clock at a time of the run."""
        past_s = 60.0 * self.start.minute
        hours = math.floor((time_s + past_s) / 3600.0)
        return self.start - timedelta(seconds=past_s) + timedelta(hours=hours)

    def spot_of(self, square, point):
        """The middle of a square, or one of its points where it is divided."""
        first = int(self.world.spots.first[square])
        return square if first < 0 else first + point

    def second_of(self, row):
        subscribers = self.world.subscribers
        name = self.scenario.subscribers.classes[subscribers.class_idx[row]].name
        u, passed, kind = self.draw(row, KIND), 0.0, None
        for one in self.kinds:
            passed += one.share if name in (one.classes or (name,)) else 0.0
            if kind is None and u < passed:
                kind = one
        if kind is None:
            return None, None
        home = int(subscribers.square_idx[row])
        own = self.county_of[home]
        county = self.where_to(row, kind, own)
        anchor = home if kind.near == "home" and county == own else self.centre(county)
        square = self.near(kind, anchor, county, self.draw(row, SQUARE))
        n_points = self.world.spots.n_parts**2
        point = min(int(self.draw(row, POINT) * n_points), n_points - 1)
        return kind, self.spot_of(square, point)

    # --- counties: a province and the number of one of its towns

    def county(self, square):
        grid, places = self.world.grid, self.world.places
        province = int(grid.province_idx[square])
        towns = [i for i in range(len(places)) if places.province_idx[i] == province]
        away = [
            math.hypot(places.x_m[i] - grid.x_m[square], places.y_m[i] - grid.y_m[square])
            for i in towns
        ]
        return province, towns[away.index(min(away))] if towns else -1

    def centre(self, county):
        province, town = county
        if town >= 0:
            return int(self.world.places.square_idx[town])
        own = [s for s, p in enumerate(self.world.grid.province_idx.tolist()) if p == province]
        return max(own, key=lambda s: self.world.population[s])

    def where_to(self, row, kind, own):
        scope = self.draw(row, SCOPE)
        people = self.people
        if scope < kind.other_county_share:
            others = [one for one in sorted(people) if one[0] == own[0] and one != own]
        elif scope < kind.other_county_share + kind.other_province_share:
            others = [one for one in sorted(people) if one[0] != own[0]]
        else:
            return own
        at = self.draw(row, COUNTY) * sum(people[one] for one in others)
        for one in others:
            at -= people[one]
            if at < 0.0:
                return one
        return own

    # --- squares

    def weight(self, kind, square):
        if kind.squares == "countryside":
            return 1.0 - float(self.world.urban_share[square])
        return float(self.world.population[square]) if self.world.population.any() else 1.0

    def near(self, kind, anchor, county, u):
        grid = self.world.grid
        side_km = grid.resolution_m / 1000.0
        found, total = [], 0.0
        for square in self.in_order:
            rows = int(grid.row[square]) - int(grid.row[anchor])
            cols = int(grid.col[square]) - int(grid.col[anchor])
            is_near = math.hypot(rows, cols) * side_km <= kind.within_km
            if is_near and self.county_of[square] == county:
                total += self.weight(kind, square)
                found.append((total, square))
        if total == 0.0:
            return anchor
        return next(square for passed, square in found if passed > u * total)
