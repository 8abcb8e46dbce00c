from __future__ import annotations

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from bench.histogram import Histogram
from bench.watch.counts import Counts
from bench.watch.openmetrics import text_of

LABELS = (("map", 'a"b\\c\nd'), ("map_id", "7"))


def test_prometheus_reads_what_was_counted() -> None:
    late = Histogram.of([500, 1_500, 70_000, 2**37])
    text = text_of({LABELS: Counts(fired=4, lateness=late, venue=(1, 2, 1))})
    families = {family.name: family for family in text_string_to_metric_families(text)}
    fired = families["bpf_timer_watch_fired"].samples[0]
    assert (fired.labels, fired.value) == (dict(LABELS), 4)
    venues = {s.labels["venue"]: s.value for s in families["bpf_timer_watch_venue"].samples}
    assert venues == {"idle": 1, "task": 2, "ksoftirqd": 1}
    buckets = {
        sample.labels["le"]: sample.value
        for sample in families["bpf_timer_watch_lateness_seconds"].samples
        if sample.name.endswith("_bucket")
    }
    assert (buckets["1e-06"], buckets["2e-06"], buckets["0.0001"]) == (1, 2, 3)
    assert (buckets["10.0"], buckets["+Inf"]) == (3, 4)


def test_nothing_seen_is_a_text_that_can_be_read() -> None:
    assert [f.samples for f in text_string_to_metric_families(text_of({}))] == [[], [], []]
