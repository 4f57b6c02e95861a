"""Plain routes between exchanges, and trunk groups that plain calls and operators share."""

from collections import deque
from dataclasses import dataclass
from typing import Any, NamedTuple


class Choice(NamedTuple):
    """A trunk group over which a call may leave, and the exchange at its other end."""

    group: Any
    to: str
    is_first: bool


@dataclass(eq=False)
class SharedGroup:
    """A trunk group whose circuits are the oracle's servers; number is its number in the world."""

    number: int
    name: str
    ends: tuple
    order: int
    servers: Any

    @property
    def on_release(self):
        return self.servers.on_release

    def is_free(self, is_first_choice):
        return self.servers.is_free(is_first_choice)

    def seize(self, now_s, is_first_choice):
        return self.servers.seize(now_s, 0, is_first_choice)

    def release(self, now_s):
        self.servers.release(now_s)


class PlainRoutes:
    """Every question is answered anew, by breadth-first search."""

    def __init__(self, groups, max_detour, ends_only=()):
        self.groups = sorted(groups, key=lambda group: group.name)
        self.max_detour = max_detour
        self.ends_only = set(ends_only)

    def neighbours(self, node):
        for group in self.groups:
            if node in group.ends:
                (other,) = (end for end in group.ends if end != node)
                yield other, group

    def distances(self, goal, closed):
        """Trunk groups from every exchange to the goal, without passing what is closed."""
        found, queue = {goal: 0}, deque([goal])
        while queue:
            node = queue.popleft()
            if node != goal and node in self.ends_only:
                continue
            for other, _ in self.neighbours(node):
                if other not in found and other not in closed:
                    found[other] = found[node] + 1
                    queue.append(other)
        return found

    def choices(self, visited, here, goal):
        """The shortest way first, among equals by order, then by name; never back to where the call has been."""
        closed = {*visited, here}
        if goal in closed:
            return ()
        distance = self.distances(goal, closed)
        ways = [
            (distance[to], group.order, group.name, group, to)
            for to, group in self.neighbours(here)
            if to in distance and (to == goal or to not in self.ends_only)
        ]
        ways.sort(key=lambda way: way[:3])
        return tuple(
            Choice(group, to, group is ways[0][3])
            for length, _, _, group, to in ways
            if length <= ways[0][0] + self.max_detour
        )


def routes_of_world(exchanges, servers, max_detour):
    """No call passes through a switching centre, nor through what stands for the whole fixed network."""
    trunks = exchanges.trunks
    groups = [
        SharedGroup(
            number,
            name,
            (exchanges.name[trunks.a[number]], exchanges.name[trunks.b[number]]),
            int(trunks.order[number]),
            servers[number],
        )
        for number, name in enumerate(trunks.name)
    ]
    n_ends_only = exchanges.n_centres + (0 if exchanges.is_simulated else 1)
    return PlainRoutes(groups, max_detour, exchanges.name[:n_ends_only])
