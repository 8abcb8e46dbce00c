"""What the verifier refuses around bpf_timer, always against the same program without it."""

from __future__ import annotations

import mmap
from dataclasses import dataclass

from bench.errors import KernelRefusedError, errno_name
from bench.libbpf import raw
from bench.libbpf.maps import MAP_TYPES
from bench.libbpf.object import BpfObject
from bench.limits.attempts import accepts, refuses
from bench.limits.capabilities import without_bpf
from bench.limits.claim import Attempt, CannotTryError, Claim, Outcome, judged
from bench.limits.lab import Lab
from bench.limits.loading import load, loaded, opened
from bench.limits.map_claims import (
    BPF_F_MMAPABLE,
    Shape,
    attempt_to_create,
    map_kinds,
    with_value,
)
from bench.limits.rig import HOUR, Rig, wait_until
from bench.limits.sources import (
    ARTICLE,
    INTRODUCED,
    MAP_SIDE,
    POINTER_MISMATCH,
    SLEEPABLE,
    UAPI,
    code,
)

BPF_F_RDONLY_PROG = 1 << 7
MAP_CHECK = code("map_check_btf")


@dataclass(frozen=True, slots=True)
class _Program:
    """A program of ``verifier.bpf.c``: the sentence about it, and part of the answer."""

    slug: str
    program: str
    sentence: str
    method: str
    says: str = ""
    source: str = INTRODUCED
    counterpart: str = "counterpart"


_REFUSED = (
    _Program(
        "field.load",
        "direct_load",
        "The field cannot be loaded directly",
        "a program that reads the first 8 bytes of the timer",
        "cannot be accessed directly by load/store",
    ),
    _Program(
        "field.store",
        "direct_store",
        "The field cannot be stored to directly",
        "a program that writes the first 8 bytes of the timer",
        "cannot be accessed directly by load/store",
    ),
    _Program(
        "field.stack",
        "timer_on_stack",
        "A timer cannot live on the stack",
        "bpf_timer_start of a local variable",
    ),
    _Program(
        "field.no_timer",
        "timer_where_none_is",
        "A timer helper wants a value that holds a timer",
        "bpf_timer_start in a value without one",
    ),
    _Program(
        "field.offset",
        "timer_off_by_eight",
        "A timer helper wants the field's own address",
        "bpf_timer_start 8 bytes behind the timer's begin",
    ),
    _Program(
        "field.other_map",
        "init_other_map",
        "bpf_timer_init with another map's pointer is refused",
        "init with the pointer of a second map of the same type",
        "doesn't match map pointer",
        POINTER_MISMATCH,
    ),
    _Program(
        "code.callback_returns",
        "callback_returns_one",
        "A callback must return 0",
        "a callback that returns 1",
        source=UAPI,
    ),
    _Program(
        "code.callback_sleeps",
        "sleeps_in_callback",
        "A callback cannot sleep, even of a sleepable program",
        "a callback that calls bpf_copy_from_user; its program itself may",
        source=SLEEPABLE,
        counterpart="sleeps_itself",
    ),
)


def _refused(item: _Program) -> Claim:
    return Claim(
        id=item.slug,
        sentence=item.sentence,
        source=item.source,
        method=f"{item.method}; without it the program loads",
        expected=f'refused: "{item.says}"' if item.says else "refused",
        attempt=refuses("verifier", item.program, counterpart=item.counterpart, sentence=item.says),
        note="The kernel accepts it." if item.slug == "code.callback_sleeps" else "",
    )


def _mixed_inner(lab: Lab) -> Outcome:
    return refuses("inner_map", "mix_inner", counterpart="arm_inner")(lab)


def _inner_fires(lab: Lab) -> Outcome:
    with opened("inner_map") as made:
        made.load_only(("arm_inner",))
        try:
            made.load()
        except KernelRefusedError as error:
            name = errno_name(error.errno)
            return judged(False, name, errno=name)
        result = raw.test_run(made.program_fd("arm_inner"))
        inner, key = made.map("first").fd, bytes(4)
        fired = wait_until(lambda: (raw.lookup(inner, key, 24) or b"")[16:] == b"\1" + bytes(7))
    answer = f"{errno_name(result) or '0'}; {'fired' if fired else 'did not fire'}"
    return judged(result == 0 and fired, answer, errno=errno_name(min(result, 0)))


def _without_btf(lab: Lab) -> Outcome:
    """A map of a kind that cannot hold timers, through libbpf: it retries without BTF."""
    kind = map_kinds()["PERCPU_HASH"]

    def prepare(made: BpfObject) -> None:
        made.map("timers").configure_kind(kind)

    tried = load("calls", "call", prepare=prepare)
    return judged("has to have BTF" in tried.line, tried.text, errno=tried.errno)


def _lock_beside(lab: Lab) -> Outcome:
    tried, counterpart = loaded("spin_lock", "start_beside_lock"), loaded("verifier", "counterpart")
    if not counterpart.accepted:
        raise CannotTryError(f"a program with a timer alone is refused, too ({counterpart.text})")
    return judged(not tried.accepted, tried.text, errno=tried.errno)


def _read_only(lab: Lab) -> Outcome:
    with opened("values") as types:
        types.load_only(())
        types.load()
        shape = Shape(flags=BPF_F_RDONLY_PROG)
        name, counterpart = (
            errno_name(attempt_to_create(with_value(types, MAP_TYPES["hash"], shape, value)))
            for value in ("timed", "untimed")
        )
    if counterpart:
        raise CannotTryError(f"the map without a timer is refused, too ({counterpart})")
    return judged(bool(name), name or "accepted", errno=name)


def _frozen(lab: Lab) -> Outcome:
    with Rig() as rig:
        name = ""
        try:
            raw.freeze(rig.fd)
        except OSError as error:
            name = errno_name(error.errno or 0)
    return judged(bool(name), name or "accepted", errno=name)


def _mapped(lab: Lab) -> Outcome:
    name = ""
    try:
        with Rig(MAP_TYPES["array"], flags=BPF_F_MMAPABLE) as rig:
            mmap.mmap(rig.fd, mmap.PAGESIZE).close()
    except OSError as error:
        name = errno_name(error.errno or 0)
    return judged(bool(name), name or "accepted", errno=name)


def _read_by_user(lab: Lab) -> Outcome:
    with Rig() as rig:
        rig.arm(HOUR)
        value = raw.lookup(rig.fd, bytes(4), 24) or b"?"
    zero = not any(value[:16])
    return judged(zero, "16 bytes of 0" if zero else "something else")


def _no_capability(lab: Lab) -> Outcome:
    counterpart = loaded("verifier", "counterpart")
    if not counterpart.accepted:
        raise CannotTryError(f"root is refused, too ({counterpart.text})")
    with without_bpf():
        tried = load("verifier", "counterpart")
    return judged(not tried.accepted, tried.errno or "accepted", errno=tried.errno)


def _claim(
    id: str,
    sentence: str,
    source: str,
    method: str,
    expected: str,
    attempt: Attempt,
    note: str = "",
) -> Claim:
    return Claim(id, sentence, source, method, expected, attempt, note=note)


def value_claims() -> list[Claim]:
    """What a value may hold, and what may be done with a map of timers."""
    return [
        _claim(
            "value.two_timers",
            "A value cannot hold two timers",
            MAP_SIDE,
            "a program that starts the first of two; with one timer in the value it loads",
            "refused",
            refuses("value_shapes", "uses_first", counterpart="uses_single"),
        ),
        _claim(
            "value.timer_array",
            "A value cannot hold an array of timers",
            MAP_SIDE,
            "a program that starts the first of an array; with one timer it loads",
            "refused",
            refuses("value_shapes", "uses_array", counterpart="uses_single"),
        ),
        _claim(
            "value.nested",
            "A timer may be within a nested struct of the value",
            code("btf_find_struct_field"),
            "a program that starts a timer in a struct in the value",
            "accepted",
            accepts("value_shapes", "uses_nested"),
            "Older kernels look for timers in the outermost struct only.",
        ),
        _claim(
            "value.spin_lock",
            "A value cannot hold a timer and a bpf_spin_lock",
            ARTICLE,
            "a program that uses both, one after the other; one with a timer alone loads",
            "refused",
            _lock_beside,
            "Since about 5.17 a value may hold one of each.",
        ),
        _claim(
            "value.no_btf",
            "libbpf hides the refusal of a kind of map: it tries again without BTF",
            "libbpf: bpf_object__create_map",
            "the object's map set to PERCPU_HASH, loaded by libbpf",
            '"has to have BTF in order to use bpf_timer"',
            _without_btf,
        ),
        _claim(
            "value.read_only",
            "A map with a timer cannot be read-only for programs",
            MAP_CHECK,
            "BPF_MAP_CREATE with BPF_F_RDONLY_PROG; without a timer it is accepted",
            "EACCES",
            _read_only,
        ),
        _claim(
            "value.freeze",
            "A map with a timer cannot be frozen",
            code("map_freeze"),
            "BPF_MAP_FREEZE",
            "ENOTSUPP",
            _frozen,
        ),
        _claim(
            "value.mmap",
            "A map with a timer cannot be mapped into user space",
            code("bpf_map_mmap"),
            "an ARRAY with BPF_F_MMAPABLE, then mmap()",
            "refused",
            _mapped,
        ),
        _claim(
            "value.user_reads",
            "User space reads zeros in the place of an armed timer",
            MAP_SIDE,
            "BPF_MAP_LOOKUP_ELEM of an armed timer's value",
            "16 bytes of 0",
            _read_by_user,
        ),
    ]


def lock_claims() -> list[Claim]:
    """bpf_spin_lock and timers in programs."""
    beside, under = "start_beside_lock", "function calls are not allowed while holding a lock"
    held = f'refused: "{under}"'
    return [
        _claim(
            "lock.beside",
            "A program may lock the value, unlock it, then start the timer",
            "kernel source, since about 5.17",
            "a tc program that does",
            "accepted",
            accepts("spin_lock", beside),
        ),
        _claim(
            "lock.start_under",
            "bpf_timer_start cannot be called under the lock",
            code("do_check: helpers under bpf_spin_lock"),
            "start before unlock; after unlock it is accepted",
            held,
            refuses("spin_lock", "start_under_lock", counterpart=beside),
        ),
        _claim(
            "lock.cancel_under",
            "bpf_timer_cancel cannot be called under the lock",
            UAPI,
            "cancel before unlock; after unlock it is accepted",
            held,
            refuses("spin_lock", "cancel_under_lock", counterpart=beside),
        ),
        _claim(
            "lock.lookup_under",
            "It is not about timers: no helper can be called under a lock",
            code("do_check: helpers under bpf_spin_lock"),
            "bpf_map_lookup_elem before unlock",
            held,
            refuses("spin_lock", "lookup_under_lock", counterpart=beside),
        ),
        _claim(
            "lock.sleepable",
            "A sleepable program may take a lock beside a timer",
            "kernel 6.2 and newer",
            "a syscall program that locks and unlocks, with no timer call",
            "accepted",
            accepts("spin_lock", "sleepable_with_lock"),
            "Older kernels refuse the lock in sleepable programs.",
        ),
    ]


def code_claims() -> list[Claim]:
    """What programs may do with a timer, and who may load them."""
    return [
        *map(_refused, _REFUSED),
        _claim(
            "field.neighbour",
            "The value beside the timer can be stored to",
            INTRODUCED,
            "a program that writes the member behind the timer",
            "accepted",
            accepts("verifier", "neighbour_store"),
        ),
        _claim(
            "field.probe_read",
            "bpf_probe_read_kernel may read the field",
            "kernel source: it reads any address",
            "a program that reads the first 8 bytes of the timer so",
            "accepted",
            accepts("verifier", "probe_read"),
        ),
        _claim(
            "inner.fires",
            "A timer works in an inner map",
            MAP_SIDE,
            "armed by the inner map's pointer; its callback counts",
            "0; fires",
            _inner_fires,
        ),
        _claim(
            "inner.mixed",
            "A timer of one inner map cannot be initialised with another one's pointer",
            POINTER_MISMATCH,
            "two lookups in the outer map; with one map's own pointer it loads",
            "refused",
            _mixed_inner,
        ),
        _claim(
            "code.sleepable",
            "A sleepable program may use a timer",
            "kernel source: check_map_prog_compatibility",
            "a syscall program, which is sleepable, arms one",
            "accepted",
            accepts("verifier", "control_syscall"),
        ),
        _claim(
            "code.gpl",
            "A program that is not under the GPL cannot use a timer",
            code("bpf_timer_init_proto.gpl_only"),
            'licence "Proprietary"; such a program without a timer loads',
            "refused",
            refuses("licence", "timer", counterpart="plain", sentence="GPL"),
        ),
        _claim(
            "code.cap_bpf",
            "A process without CAP_BPF cannot use a timer",
            code("bpf_base_func_proto"),
            "loaded without CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN; with them it loads",
            "EPERM",
            _no_capability,
        ),
    ]


def verifier_claims() -> list[Claim]:
    """All of the above."""
    return [*value_claims(), *lock_claims(), *code_claims()]
