"""A web archive as a backfill: pages a second for each core, by `tocsin import` with all it does.

    python -m benchmarks.backfill [--pages 2000] [--from FOLDER]

Writes a .warc.gz as CC-NEWS does (each record packed by itself) of generated pages of about 40 kB, or of the pages
`*.html.gz` of FOLDER, and imports it into an empty database in a process of its own. Counted is everything: unpacking,
reading in a process for each core, recognising copies, storing, the search index. A second import of the same file
shows what a repetition costs.
"""

import argparse
import gzip
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from benchmarks.pipeline import generated


def bodies(count: int, folder: Path | None) -> list[bytes]:
    if folder is None:
        return generated(count)
    found = [gzip.decompress(path.read_bytes()) for path in sorted(folder.rglob("*.html.gz"))[:count]]
    return found or sys.exit(f"{folder} holds no *.html.gz")  # type: ignore[func-returns-value]


def record(number: int, body: bytes) -> bytes:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2026-10-01T09:00:00Z\r\n"
        f"WARC-Target-URI: https://paper{number % 50}.example.org/news/{number}\r\n"
        f"WARC-Record-ID: <urn:uuid:{uuid4()}>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + answer + b"\r\n\r\n")


def imported(folder: Path) -> float:
    began = time.monotonic()
    command = [sys.executable, "-m", "tocsin", "-c", str(folder), "import", str(folder / "pages.warc.gz")]
    subprocess.run(command, check=False)
    return time.monotonic() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--from", dest="folder", type=Path, help="a folder of *.html.gz")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tocsin.yaml").write_text("")
        pages = bodies(options.pages, options.folder)
        (folder / "pages.warc.gz").write_bytes(b"".join(record(*pair) for pair in enumerate(pages)))
        print(f"{len(pages)} pages, {sum(map(len, pages)) / 1e6:.0f} MB, on {os.cpu_count()} cores", flush=True)
        first = imported(folder)
        again = imported(folder)
        print(f"start and end included: {len(pages) / first:.1f} pages/s, a second time {len(pages) / again:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
