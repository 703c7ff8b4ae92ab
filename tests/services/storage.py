"""Servers of objects on this machine alone: S3 by moto, HTTP by Python's own; each ends with its test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

KEY, WORD = "AKIAEXAMPLE", "a/secret+word"
BUCKET = "registry"


@contextmanager
def http(folder: Path) -> Iterator[str]:
    """Serve a folder; yields its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


class S3:
    """A server of S3 with one bucket, and the settings by which a run reaches it."""

    def __init__(self, endpoint: str) -> None:
        import boto3

        self.settings = {
            "SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": endpoint,
            "SNAKEMAKE_STORAGE_S3_ACCESS_KEY": KEY,
            "SNAKEMAKE_STORAGE_S3_SECRET_KEY": WORD,
        }
        words = {"aws_access_key_id": KEY, "aws_secret_access_key": WORD, "region_name": "us-east-1"}
        self.client = boto3.client("s3", endpoint_url=endpoint, **words)
        self.client.create_bucket(Bucket=BUCKET)

    def put(self, key: str, content: bytes) -> str:
        """Store an object; returns its address."""
        self.client.put_object(Bucket=BUCKET, Key=key, Body=content)
        return f"s3://{BUCKET}/{key}"

    def remove(self, key: str) -> None:
        self.client.delete_object(Bucket=BUCKET, Key=key)


@contextmanager
def s3() -> Iterator[S3]:
    """Start moto's server in a process of its own; it is stopped by its pipe."""
    program = (
        "import sys; from moto.server import ThreadedMotoServer;"
        "s = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False); s.start();"
        "print(s.get_host_and_port()[1], flush=True); sys.stdin.read(); s.stop()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
    ) as p:
        assert p.stdout is not None and p.stdin is not None
        try:
            yield S3(f"http://127.0.0.1:{int(p.stdout.readline())}")
        finally:
            p.stdin.close()
