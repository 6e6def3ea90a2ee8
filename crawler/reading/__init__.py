"""The tools of page.py: pure functions of HTML that know no network, no database and no clock."""
