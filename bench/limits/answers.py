"""The kernel's answers as text that is the same every time."""

from __future__ import annotations

import re

from bench.errors import errno_name

_NOISE = re.compile(
    r"""^(\d+:\s|;|from\ \d+|func\#|arg\#|processed\ \d+|verification\ time|stack\ depth
        |BPF\ program\ load\ failed|--\ |last_idx|regs=|parent|mark_precise|frame\d*:|R\d+=|R\d+_w
        |caller:|callee:|returning\ from|to\ caller|Validating|reg\ type\ unsupported
        |max\ states|peak\ states|mark\ read|insns\ |failed\ to\ load|Func\#)""",
    re.VERBOSE,
)
_EXPLAINED = "Verification failed:"
_LIBBPF = re.compile(r"^libbpf: (prog '[^']*': |map '[^']*': |)")
_BORING = re.compile(r"^(BPF program load failed|failed to load|permission error|-- )")
_INSTRUCTION = re.compile(r"\b(insn|instruction) \d+")
_ADDRESS = re.compile(r"0x[0-9a-f]{9,}")


def result_text(code: int) -> str:
    """A helper's return value: a number that is no error, or the name of the error."""
    return str(code) if code >= 0 else errno_name(code)


def deciding_line(log: str) -> str:
    """The line that says why a program was refused: the verifier's last, or libbpf's first.

    The verifier's log also holds the instructions and the state of registers; what is left
    after these are removed ends with the reason. Kernels since 7.3 explain it afterwards, in
    wrapped lines that are not quoted; a reason of two lines ends the first one with a comma.
    """
    lines = [line.strip() for line in log.splitlines()]
    explained = next((n for n, line in enumerate(lines) if line.startswith(_EXPLAINED)), None)
    lines = lines[:explained]
    verifier = [line for line in lines if line and not line.startswith("libbpf: ")]
    reasons = [line for line in verifier if not _NOISE.match(line)]
    if reasons:
        whole = [line for line in reasons[-2:-1] if line.endswith(",")]
        return _steady(" ".join([*whole, reasons[-1]]))
    libbpf = [_LIBBPF.sub("", line) for line in lines if line.startswith("libbpf: ")]
    decisive = [line for line in libbpf if not _BORING.match(line)]
    return _steady(decisive[0]) if decisive else ""


def _steady(line: str) -> str:
    line = _INSTRUCTION.sub(r"\1 N", line)
    return _ADDRESS.sub("ADDRESS", line)
