from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.libbpf import compiler
from bench.libbpf.object import BpfObject

Sources = Callable[[dict[str, str]], Path]
Opened = Callable[[str], BpfObject]

SAMPLE = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct inner {
	__u8 tag;
	__u16 port;
};

struct sample {
	__u64 when;
	__u32 words[3];
	__u8 flag;
	struct inner inner;
	void *pointer;
};

struct bits {
	__u32 low : 8;
	__u32 high : 24;
	__u32 after;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sample);
} things SEC(".maps");

const volatile __u64 wide = 7;
const volatile __u16 ports[4] = {};
const volatile __u8 narrow = 3;
struct bits bits = {};

SEC("syscall")
int first(void *ctx)
{
	return wide + ports[1] + narrow + bits.high;
}

SEC("syscall")
int second(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "bpf-timer-bench"


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
    """Makes a source folder that the compiler takes instead of ``bpf/``."""
    folder = tmp_path / "sources"
    folder.mkdir()
    monkeypatch.setattr(compiler, "source_dir", lambda: folder)

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            (folder / name).write_text(text)
        return folder

    return write


@pytest.fixture
def opened(sources: Sources) -> Iterator[Opened]:
    """Compiles and opens an object of this text; nothing reaches the kernel."""
    made: list[BpfObject] = []

    def build(text: str) -> BpfObject:
        sources({"sample.bpf.c": text})
        made.append(BpfObject(compiler.compiled("sample.bpf.c")))
        return made[-1]

    yield build
    for item in made:
        item.close()


@pytest.fixture
def sample(opened: Opened) -> BpfObject:
    return opened(SAMPLE)
