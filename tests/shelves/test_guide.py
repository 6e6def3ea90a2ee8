"""The examples of the guide work when a stranger puts them on their shelves."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def example(word: str) -> str:
    guide = (ROOT / "docs" / "extending.md").read_text("utf-8")
    (source,) = [code for code in re.findall(r"```python\n(.*?)```", guide, re.DOTALL) if word in code]
    return source


@pytest.mark.parametrize(
    ("word", "file", "question"),
    [
        (
            "SourceKind",
            "crawler/spiders/lines.py",
            "from crawler import SOURCE_KINDS, Document\n"
            "found = SOURCE_KINDS['lines'].read(Document('https://x.org/l', b'https://x.org/1\\nno', None), None)\n"
            "import pathlib; from crawler import load_outlets\n"
            "pathlib.Path('o').mkdir()\n"
            "pathlib.Path('o/x.yaml').write_text('site: https://x.org/\\nsources: [lines: https://x.org/l]')\n"
            "(outlet,), problems = load_outlets(pathlib.Path('o'))\n"
            "print((found.leads[0].url, outlet.sources[0].kind, problems) == ('https://x.org/1', 'lines', []))",
        ),
        (
            "Page(",
            "crawler/pages/example_org.py",
            "from crawler import Document, read_page\n"
            "text = 'The harbour bridge will be closed for repairs until the end of March, said the mayor. ' * 3\n"
            "html = f'<h1>Bridge closes</h1><div class=story><p>{text}<p class=newsletter>Get our letter</div>'\n"
            "reading = read_page(Document('https://www.example.org/1', html.encode(), 'text/html'))\n"
            "print(reading.body == text.strip())",
        ),
        ("Channel[", "alerts/channels/ntfy.py", "from alerts import CHANNELS; print('ntfy' in CHANNELS)"),
    ],
)
def test_an_example_of_the_guide_is_one_file(tmp_path: Path, word: str, file: str, question: str) -> None:
    for package in ("newsdesk", "crawler", "alerts"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / file).write_text(example(word), "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", question], capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert (done.stdout.strip(), done.stderr) == ("True", "")
