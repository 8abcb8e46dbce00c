"""What a test says that failed and then passed: it is named, and there may be few of them.

The tests that run alone measure a live kernel. On a host that others use, too, virtual CPUs stand
still for half a second at times, and one test in some hundreds fails that has nothing wrong. With
``--reruns 1`` (tests/run.sh) such a test is run again, as strictly; what fails twice has failed. A
test that fails one time in three would hide behind that: so each is named, more than `MOST` fail
the session, and `make nightly` repeats none.
"""

from __future__ import annotations

import pytest

MOST = 6
"""One in a hundred of the tests that run alone."""


def repeated(reporter: pytest.TerminalReporter) -> list[str]:
    """Tests that failed at first, each once, in their order."""
    return list(dict.fromkeys(report.nodeid for report in reporter.stats.get("rerun", [])))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Too many that were run again are a failure of their own."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and len(repeated(reporter)) > MOST and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names them, whatever became of them."""
    names = repeated(terminalreporter)
    if not names:
        return
    terminalreporter.section("failed at first, and run again")
    for name in names:
        terminalreporter.line(name)
    if len(names) > MOST:
        terminalreporter.line(f"{len(names)} are more than a busy host explains ({MOST})", red=True)
