from __future__ import annotations

from pathlib import Path

from bench.store.limits_files import parse_limits


def test_a_matrix_has_a_kernel_per_column(several: Path) -> None:
    file = several / "kernel-matrix" / "matrix.json"
    limits = parse_limits(file.read_bytes(), str(file))
    assert [claim.id for claim in limits.claims] == ["nmi.start", "new.one"]
    new, old = limits.kernels
    assert (new.name, new.page, new.virtual) == ("debian:6.12", "debian-6.12", "kvm")
    assert new.answers["nmi.start"].reason == "fixed <since>"
    assert old.answers == {}
