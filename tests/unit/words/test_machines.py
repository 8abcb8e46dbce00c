from __future__ import annotations

from typing import Any

import pytest

from bench.words.machines import hardware, virtual_machine


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ({"hypervisor": "kvm", "hypervisor_flag": True}, "kvm"),
        ({"hypervisor": "none", "hypervisor_flag": False}, ""),
        ({"hypervisor": "none", "hypervisor_flag": True}, "unknown hypervisor"),
        ({"hypervisor_flag": True}, "unknown hypervisor"),
        ({}, ""),
    ],
)
def test_a_virtual_machine_is_one_that_a_fact_says_is(host: dict[str, Any], kind: str) -> None:
    assert virtual_machine(host) == kind


def test_hardware_names_kind_cpu_and_cpus() -> None:
    host = {"hypervisor": "none", "cpu_model": "A <b>", "cpus_online": "0-7"}
    assert hardware(host) == "bare metal, A <b>, CPUs 0-7"
    assert hardware({"hypervisor": "kvm"}) == "virtual machine (kvm), unknown CPU"
    assert hardware({}).startswith("machine of unknown kind")
