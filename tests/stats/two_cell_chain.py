"""The Markov chain of two cells that disturb each other, solved exactly: every state, every rate."""

import numpy as np


def two_cell_blocking(is_admitted, offered_erl, n_services, most):
    """
    Return the exact blocking of each (cell, service) of two cells.

    States are calls by (cell, service), each 0 to most; is_admitted(calls, kind) says whether one more may come.
    """
    n_kinds = 2 * n_services
    index = {(0,) * n_kinds: 0}
    waiting, moves = [(0,) * n_kinds], []
    while waiting:  # only states that can be reached
        state = waiting.pop()
        for kind in range(n_kinds):
            rates = []
            if is_admitted(state, kind):
                assert state[kind] < most, "the states are cut off"
                rates.append((1, offered_erl[kind]))
            if state[kind]:
                rates.append((-1, float(state[kind])))
            for step, rate in rates:
                to = (*state[:kind], state[kind] + step, *state[kind + 1 :])
                if to not in index:
                    index[to] = len(index)
                    waiting.append(to)
                moves.append((index[state], index[to], rate))
    generator = np.zeros((len(index), len(index)))
    for start, end, rate in moves:
        generator[start, end] += rate
        generator[start, start] -= rate
    balance = np.vstack([generator.T[:-1], np.ones(len(index))])
    share = np.linalg.solve(balance, np.eye(len(index))[-1])
    blocking = [
        sum(p for state, p in zip(index, share, strict=True) if not is_admitted(state, kind))
        for kind in range(n_kinds)
    ]
    return np.array(blocking)
