"""Code is compiled for a processor that many machines share, where the machine is one of them."""

import os
import platform
import sys

import pytest

from sim.compilation.processor import choose_processor

FLAGS = "fpu sse2 avx avx2 bmi1 bmi2 cx16 f16c fma abm movbe popcnt lahf_lm xsave avx512f"


@pytest.fixture
def choose(monkeypatch, tmp_path):
    """A choice on a machine with some flags, in a process without Numba; returns Numba's variable."""
    for name in ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "PATCHCELL_CPU"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")

    def _choose(flags, **variables):

        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        path = tmp_path / "cpuinfo"
        path.write_text(
            f"processor\t: 0\nflags\t\t: {flags}\n\nprocessor\t: 1\nflags\t\t: {FLAGS}\n"
        )
        choose_processor(path)
        chosen = os.environ.get("NUMBA_CPU_NAME"), os.environ.get("NUMBA_CPU_FEATURES")
        for name in ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"):
            monkeypatch.delenv(name, raising=False)
        return chosen

    return _choose


def test_a_machine_that_has_all_features_compiles_for_the_common_processor(choose):
    name, features = choose(FLAGS)
    assert name == "x86-64-v3"
    assert "+avx2" in features
    assert "avx512" not in features


@pytest.mark.parametrize("missing", FLAGS.split()[2:-1])
def test_a_machine_that_lacks_a_feature_compiles_for_itself(choose, missing):
    flags = " ".join(flag for flag in FLAGS.split() if flag != missing)
    assert choose(flags) == (None, None)


def test_another_architecture_compiles_for_itself(choose, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert choose(FLAGS) == (None, None)


def test_the_user_may_say_otherwise(choose):
    assert choose(FLAGS, PATCHCELL_CPU="host") == (None, None)
    assert choose(FLAGS, NUMBA_CPU_NAME="znver4") == ("znver4", None)


def test_where_nothing_is_told_of_processors_numba_chooses(choose, tmp_path):
    choose_processor(tmp_path / "nothing")
    assert choose("") == (None, None)
