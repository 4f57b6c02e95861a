"""The reference cases of WCDMA."""

import pytest

from sim.validation.cases import cases_of

CASES = {
    case_id: {"area": case.area, "inputs": case.inputs, "expected": case.expected, "tolerance": case.tolerance}
    for case_id, case in cases_of("wcdma").items()
    if case.area != "wcdma/soft-handover"
}  # fmt: skip


def cases(prefix):
    ids = [i for i in CASES if i.startswith(prefix)]
    assert ids, f"no reference case begins with {prefix}"
    return pytest.mark.parametrize(("given_", "expected"), [pair(i) for i in ids], ids=ids)


def pair(case_id):
    return CASES[case_id]["inputs"], CASES[case_id]["expected"]
