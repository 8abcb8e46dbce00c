"""``report.html``: one self-contained page for one or several runs, and its figures."""
