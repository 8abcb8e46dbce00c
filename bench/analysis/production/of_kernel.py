"""What the kernel of a run refuses: by its records, and by answers published beside it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bench.analysis.production.hazard import Hazard
from bench.record import TrialRecord
from bench.store.limits_files import Claim, Kernel, Limits
from bench.words.claims import Verdict, verdicts_text
from bench.words.plurals import counted, plural

KERNEL = "This kernel"
_VERSION = re.compile(r"\d+(\.\d+)+")


def hooks(records: Sequence[TrialRecord]) -> Iterator[Hazard]:
    """Hooks that were tried and refused."""
    refused = {
        hook: (why, r.hook.used) for r in records if r.hook for hook, why in r.hook.refused.items()
    }
    for hook, (why, used) in refused.items():
        text = (
            f"this kernel does not load timers at the hook {hook} ({_reason(why)}): attach at "
            f"{used}, as this run did"
        )
        yield Hazard(
            subject=KERNEL,
            text=text,
            source="trials.jsonl: hook.refused",
            brief=f"{text} (bench limits tries all)",
        )


def _reason(why: str) -> str:
    """The kernel's own words, without what was tried and the number of the error."""
    words = why.partition(";")[0].rpartition(": ")[2]
    return _NUMBER.sub("", words)


_NUMBER = re.compile(r" \(\d+\)$")


def restrictions(releases: Sequence[str], limits: Limits) -> Iterator[Hazard]:
    """What published answers say of the kernels of runs; why there are none, else."""
    for problem in limits.unreadable:
        yield Hazard(subject=KERNEL, text=problem, source="the file named", met=False)
    for release in dict.fromkeys(releases):
        kernel = answers_for(release, limits.kernels)
        if kernel is None:
            text = (
                f"the restrictions of Linux {release} are not known: beside this run there are no "
                "answers of bench limits. On that host, bench limits --json prints them; reports "
                "read them from the folder limits beside the runs"
            )
            yield Hazard(subject=KERNEL, text=text, source="-", met=False)
        else:
            yield from _of_kernel(release, kernel, limits.claims)


def answers_for(release: str, kernels: Sequence[Kernel]) -> Kernel | None:
    """Those of this very release, else of another build of the same version."""
    own = [kernel for kernel in kernels if kernel.release == release]
    builds = [k for k in kernels if k.release and _version(k.release) == _version(release)]
    return next(iter((*own, *builds)), None)


def _version(release: str) -> str:
    found = _VERSION.match(release)
    return found.group() if found else release


def _of_kernel(release: str, kernel: Kernel, claims: Sequence[Claim]) -> Iterator[Hazard]:
    build = "" if kernel.release == release else f", another build than the {release} of the run"
    source = f"{kernel.file} ({kernel.release}{build})"
    asked = [claim for claim in claims if claim.id in kernel.answers]
    differing = [c for c in asked if kernel.answers[c.id].verdict == Verdict.FAILS]
    refused = [c for c in asked if _is_refused(kernel, c)]
    if refused:
        text = f"it refuses these, so that they could not be tried: {_listed(refused, kernel)}"
        yield Hazard(subject=KERNEL, text=text, source=source, top=False)
    for claim in differing:
        text = f"not so here: {claim.text}. It answers: {kernel.answers[claim.id].answer}"
        yield Hazard(subject=KERNEL, text=text, source=source, top=False)
    verdicts = verdicts_text(Verdict(kernel.answers[claim.id].verdict) for claim in asked)
    text = f"of {counted(len(asked), 'claim')} about bpf_timer {verdicts}"
    number = len(differing)
    untrue = f"{counted(number, 'documented claim')} {plural(number, 'is', 'are')} not true of it"
    name = f"this kernel{' (another build)' if build else ''}"
    types = _types(refused)
    brief = f"{name} refuses timers in programs of type {types}; {untrue}" if types else ""
    yield Hazard(
        subject=KERNEL,
        text=text,
        source=source,
        brief=brief or f"{name}: {untrue}",
    )


def _is_refused(kernel: Kernel, claim: Claim) -> bool:
    """Whether it was asked, refused, and so kept the claim from being tried."""
    answer = kernel.answers[claim.id]
    return answer.verdict == Verdict.UNTRIED and bool(answer.errno)


def _listed(claims: Sequence[Claim], kernel: Kernel) -> str:
    return "; ".join(f"{claim.text}: {kernel.answers[claim.id].answer}" for claim in claims)


def _types(refused: Sequence[Claim]) -> str:
    found = (_TYPE.search(claim.text) for claim in refused)
    names = dict.fromkeys(match.group(1) for match in found if match)
    return ", ".join(names)


_TYPE = re.compile(r"program of type ([A-Z0-9_]+(?: \([a-z_]+\))?)")
