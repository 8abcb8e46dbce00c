"""What the verifier did, from the kernel's own account of a loaded program."""

from __future__ import annotations

import ctypes as c

from bench.libbpf.ffi import lib, zero

INFO_BYTES = 232
"""``sizeof(struct bpf_prog_info)``, include/uapi/linux/bpf.h of 5.16."""
VERIFIED_INSNS = slice(216, 220)
"""Its last field, from 5.16."""


def verified_instructions(program_fd: int) -> int:
    """Instructions that the verifier went through to accept a program, repeats included."""
    info, size = c.create_string_buffer(INFO_BYTES), c.c_uint32(INFO_BYTES)
    result = lib().bpf_obj_get_info_by_fd(program_fd, info, c.byref(size))
    zero(result, "BPF_OBJ_GET_INFO_BY_FD")
    return int.from_bytes(info.raw[VERIFIED_INSNS], "little")
