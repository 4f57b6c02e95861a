"""How manual exchanges are staffed and worked, and what callers bear: told from the scenario once more."""

from datetime import datetime
from types import SimpleNamespace

from sim.switching.tasks import Law, Task

OWN_S = {
    Task.ANSWER: 2.0, Task.NUMBER: 4.0, Task.TEST_LINE: 1.5, Task.TEST_TRUNK: 3.5, Task.PASS: 6.0, Task.PLUG: 1.5,
    Task.RING: 2.0, Task.SUPERVISE: 2.0, Task.RE_RING: 2.0, Task.REPORT: 3.0, Task.TICKET: 10.0, Task.CALL_BACK: 6.0,
    Task.CLEAR: 2.0,
}  # fmt: skip
FROM_TRUNK_S = OWN_S | {Task.ANSWER: 1.0, Task.NUMBER: 2.5}


def plans_of(scenario, exchanges):
    manual = scenario.switching.manual
    start = datetime.fromisoformat(scenario.run.start)

    def laws(means_s):
        return {
            task: Law("lognormal", mean_s * manual.work_factor, manual.task_cv)
            for task, mean_s in means_s.items()
        }

    for node, name in enumerate(exchanges.name):
        if not exchanges.is_manual[node]:
            continue
        n_by_hour = exchanges.n_operators[node].tolist()
        yield SimpleNamespace(
            name=name,
            rota=SimpleNamespace(
                n_by_hour=n_by_hour,
                begin_hour=start.hour + start.minute / 60,
                shift_h=manual.shift_h,
            ),
            n_positions=max(n_by_hour),
            n_cords=int(exchanges.n_cords[node]),
            times=SimpleNamespace(originating=laws(OWN_S), incoming=laws(FROM_TRUNK_S)),
            has_priority_lines=True,
            clears_first=manual.clears_first,
            delay_working=bool(exchanges.works_with_tickets[node]),
            ticket_expiry_s=60.0 * manual.ticket_expiry_min,
            max_waiting=manual.max_waiting,
            notice=Law("lognormal", 16.0, 0.5) if manual.notice == "magneto" else Law("fixed", 0.0),
        )


def service_of(scenario):
    manual = scenario.switching.manual
    return SimpleNamespace(
        patience=Law("exponential", manual.patience_mean_s),
        p_wrong=manual.p_wrong,
        wrong_talk=Law("fixed", manual.wrong_talk_s),
        p_cut_off=manual.p_cut_off,
        supervise_after_s=manual.supervise_after_s,
        max_re_rings=manual.max_re_rings,
        ring_limit_s=60.0,
    )
