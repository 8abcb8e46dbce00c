"""Which program types may use bpf_timer: each loaded with a timer, and without as counterpart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.errors import KernelRefusedError, errno_name
from bench.libbpf import btf
from bench.libbpf.object import BpfObject
from bench.limits.claim import CannotTryError, Claim, Outcome, judged
from bench.limits.lab import Lab
from bench.limits.loading import Loading, Prepare, attach, load, opened
from bench.limits.sources import ARTICLE, TRACING_BAN

PREFIX = "BPF_PROG_TYPE_"
BAN = "tracing progs cannot use bpf_timer yet"
NETFILTER, ATTACH_NETFILTER = 32, 45
"""``enum bpf_prog_type`` and ``bpf_attach_type`` of include/uapi/linux/bpf.h."""
SOURCE = "program_types"
ATTACHED = ("tracing_fentry", "tracing_fexit")
"""Kinds of which loading and attaching are two answers: attaching takes ftrace's direct calls."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A program type: its name in the kernel, and the attach type meant, if it matters."""

    slug: str
    type: str
    how: str = ""
    banned: bool = False


KINDS = (
    Kind("kprobe", "KPROBE", banned=True),
    Kind("tracepoint", "TRACEPOINT", banned=True),
    Kind("perf_event", "PERF_EVENT", banned=True),
    Kind("raw_tracepoint", "RAW_TRACEPOINT", banned=True),
    Kind("raw_tracepoint_writable", "RAW_TRACEPOINT_WRITABLE", banned=True),
    Kind("tracing_fentry", "TRACING", "fentry"),
    Kind("tracing_fexit", "TRACING", "fexit"),
    Kind("tracing_tp_btf", "TRACING", "tp_btf"),
    Kind("tracing_iter", "TRACING", "iter"),
    Kind("lsm", "LSM"),
    Kind("xdp", "XDP"),
    Kind("sched_cls", "SCHED_CLS"),
    Kind("sched_act", "SCHED_ACT"),
    Kind("sock_ops", "SOCK_OPS"),
    Kind("socket_filter", "SOCKET_FILTER"),
    Kind("sk_lookup", "SK_LOOKUP"),
    Kind("sk_reuseport", "SK_REUSEPORT"),
    Kind("sk_msg", "SK_MSG"),
    Kind("sk_skb", "SK_SKB"),
    Kind("cgroup_skb", "CGROUP_SKB"),
    Kind("cgroup_sock", "CGROUP_SOCK"),
    Kind("cgroup_sock_addr", "CGROUP_SOCK_ADDR"),
    Kind("cgroup_sockopt", "CGROUP_SOCKOPT"),
    Kind("cgroup_device", "CGROUP_DEVICE"),
    Kind("cgroup_sysctl", "CGROUP_SYSCTL"),
    Kind("flow_dissector", "FLOW_DISSECTOR"),
    Kind("lwt_in", "LWT_IN"),
    Kind("lwt_out", "LWT_OUT"),
    Kind("lwt_xmit", "LWT_XMIT"),
    Kind("lwt_seg6local", "LWT_SEG6LOCAL"),
    Kind("lirc_mode2", "LIRC_MODE2"),
    Kind("netfilter", "NETFILTER"),
    Kind("struct_ops", "STRUCT_OPS"),
    Kind("ext", "EXT", "freplace of a function of an XDP program"),
    Kind("syscall", "SYSCALL"),
)


def program_types() -> list[str]:
    """Program types of the running kernel, without prefix."""
    return [
        name.removeprefix(PREFIX)
        for name in btf.vmlinux().enum("bpf_prog_type")
        if name.startswith(PREFIX) and not name.endswith("_UNSPEC")
    ]


def _load(kind: Kind, variant: str) -> Loading:
    if kind.slug == "struct_ops":
        return load("struct_ops", constants={"with_timer": int(variant == "timer")})
    if kind.slug == "ext":
        return _load_extension(variant)
    name = f"{kind.slug}_{variant}"
    return load(SOURCE, name, prepare=_as_netfilter(name) if kind.slug == "netfilter" else None)


def _as_netfilter(name: str) -> Prepare:
    def prepare(made: BpfObject) -> None:
        made.set_program_type(name, NETFILTER, ATTACH_NETFILTER)

    return prepare


def _load_extension(variant: str) -> Loading:
    with opened(SOURCE) as target:
        target.load_only(("ext_target",))
        try:
            target.load()
        except KernelRefusedError as error:
            raise CannotTryError("there is no program to extend: XDP is refused") from error
        fd, name = target.program_fd("ext_target"), f"ext_{variant}"
        return load(SOURCE, name, prepare=lambda made: made.set_attach_target(name, fd, "replaced"))


def _attempt(kind: Kind) -> Callable[[Lab], Outcome]:
    def attempt(lab: Lab) -> Outcome:
        if kind.type not in program_types():
            raise CannotTryError("this kernel has no such program type")
        plain = _load(kind, "plain")
        if not plain.accepted:
            why = f"a program of this type without a timer is refused, too ({plain.text})"
            raise CannotTryError(why, answer=plain.text, errno=plain.errno)
        timer = _load(kind, "timer")
        held = BAN in timer.line if kind.banned else timer.accepted
        return judged(held, timer.text, errno=timer.errno)

    return attempt


def _claim(kind: Kind) -> Claim:
    how = f" ({kind.how})" if kind.how else ""
    verb = "cannot" if kind.banned else "may"
    return Claim(
        id=f"prog.{kind.slug}",
        sentence=f"A program of type {kind.type}{how} {verb} use a timer",
        source=f"{ARTICLE}; {TRACING_BAN}",
        method="loaded with a timer, and with a plain map value as counterpart",
        expected=f'EINVAL: "{BAN}"' if kind.banned else "accepted",
        attempt=_attempt(kind),
        note="Kernel 7.0 lifts the ban; before 5.16 there was none." if kind.banned else "",
    )


def _attach_attempt(kind: Kind) -> Callable[[Lab], Outcome]:
    def attempt(lab: Lab) -> Outcome:
        try:
            plain = attach(SOURCE, f"{kind.slug}_plain")
            if not plain.accepted:
                why = f"{kind.how} without a timer is not attached, either ({plain.text})"
                raise CannotTryError(why, answer=plain.text, errno=plain.errno)
            timer = attach(SOURCE, f"{kind.slug}_timer")
        except KernelRefusedError as error:
            name = errno_name(error.errno)
            raise CannotTryError(f"it is not even loaded ({name})", errno=name) from error
        text = "attached" if timer.accepted else timer.text
        return judged(timer.accepted, text, errno=timer.errno)

    return attempt


def _attach_claim(kind: Kind) -> Claim:
    return Claim(
        id=f"prog.{kind.slug}_attach",
        sentence=f"A program of type {kind.type} ({kind.how}) with a timer can be attached",
        source=f"{ARTICLE}; {TRACING_BAN}",
        method="attached with a timer, and with a plain map value as counterpart",
        expected="attached",
        attempt=_attach_attempt(kind),
        note="To be loaded is not enough: arm64 before 6.4 cannot attach any.",
    )


def _unknown(name: str) -> Claim:
    def attempt(lab: Lab) -> Outcome:
        raise CannotTryError("this project has no program of that type yet")

    return Claim(
        id=f"prog.{name.lower()}",
        sentence=f"A program of type {name} may use a timer",
        source=f"{ARTICLE}; {TRACING_BAN}",
        method="not tried",
        expected="accepted",
        attempt=attempt,
    )


def program_claims(types: list[str]) -> list[Claim]:
    """A claim for each program type known to the project or to the kernel (``types``).

    Of those that some architectures load and do not attach, there are two.
    """
    known = {kind.type for kind in KINDS}
    others = [name for name in types if name not in known]
    attached = [kind for kind in KINDS if kind.slug in ATTACHED]
    return [*map(_claim, KINDS), *map(_attach_claim, attached), *map(_unknown, others)]
