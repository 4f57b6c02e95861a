"""Plain routes between exchanges, and trunk groups that plain calls and operators share."""

from collections import deque

from sim.switching.routes import Choice
from sim.switching.trunks import TrunkGroup


class PlainGroup(TrunkGroup):
    """A trunk group for operators whose circuits are the oracle's servers."""

    def __init__(self, number, name, servers):
        super().__init__(
            number, name, servers.capacity, servers.n_reserved, (0.0, servers.window_s)
        )
        self.servers = servers
        servers.on_release.append(self.tell_free)

    def is_free(self, is_first_choice):
        return self.servers.is_free(is_first_choice)

    def seize(self, time_s, is_first_choice):
        return self.servers.seize(time_s, 0, is_first_choice)

    def release(self, time_s):
        self.servers.release(time_s)


class PlainRoutes:
    """Every question is answered anew, by breadth-first search."""

    def __init__(self, exchanges, servers, max_detour):
        self.max_detour = max_detour
        self.exchanges = exchanges.name
        n_ends_only = exchanges.n_centres + (0 if exchanges.is_simulated else 1)
        self.ends_only = set(exchanges.name[:n_ends_only])
        trunks = exchanges.trunks
        order = sorted(range(len(trunks)), key=lambda k: trunks.name[k])
        self.groups = [PlainGroup(n, trunks.name[k], servers[k]) for n, k in enumerate(order)]
        self.trunk_of = dict(enumerate(order))
        self.edges = []
        for group, k in zip(self.groups, order, strict=True):
            a, b = exchanges.name[trunks.a[k]], exchanges.name[trunks.b[k]]
            self.edges.append((a, b, int(trunks.order[k]), group))

    def neighbours(self, node):
        for a, b, order, group in self.edges:
            if node in (a, b):
                yield (b if node == a else a), order, group

    def distances(self, goal, closed):
        """Trunk groups from every exchange to the goal, without passing what is closed."""
        found, queue = {goal: 0}, deque([goal])
        while queue:
            node = queue.popleft()
            if node != goal and node in self.ends_only:
                continue
            for other, _, _ in self.neighbours(node):
                if other not in found and other not in closed:
                    found[other] = found[node] + 1
                    queue.append(other)
        return found

    def choices(self, visited, here, goal):
        closed = {*visited, here}
        if goal in closed:
            return ()
        distance = self.distances(goal, closed)
        ways = sorted(
            (distance[to], order, group.name, group.number, to)
            for to, order, group in self.neighbours(here)
            if to in distance and (to == goal or to not in self.ends_only)
        )
        return tuple(
            Choice(self.groups[number], to, number == ways[0][3])
            for length, _, _, number, to in ways
            if length <= ways[0][0] + self.max_detour
        )
