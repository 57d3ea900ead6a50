"""Stands between a host and the server under test, passes every line on, and notes the tool calls.

`python recorder.py LOG COMMAND…`: one JSON line for each answered call: the tool's name and the length of its text.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any


def main() -> int:
    log, command = Path(sys.argv[1]), sys.argv[2:]
    asked: dict[Any, str] = {}
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server,
        log.open("a") as out,
    ):
        assert server.stdin is not None
        assert server.stdout is not None
        threading.Thread(target=_inward, args=(server.stdin, asked), daemon=True).start()
        for line in server.stdout:
            _note(line, asked, out)
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
    return server.returncode


def _inward(server: IO[bytes], asked: dict[Any, str]) -> None:
    for line in sys.stdin.buffer:
        message = _message(line)
        if message.get("method") == "tools/call":
            asked[message.get("id")] = message["params"]["name"]
        server.write(line)
        server.flush()
    server.close()


def _note(line: bytes, asked: dict[Any, str], out: IO[str]) -> None:
    message = _message(line)
    tool = asked.pop(message.get("id"), None)
    if tool is not None:
        parts = message.get("result", {}).get("content", ())
        characters = sum(len(part.get("text", "")) for part in parts)
        out.write(json.dumps({"tool": tool, "characters": characters}) + "\n")
        out.flush()


def _message(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


if __name__ == "__main__":
    sys.exit(main())
