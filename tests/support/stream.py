"""A reader of the hub's stream of server-sent events."""

import json
import queue
import socket
import threading
import time

from support.api import BASE, Api


class StreamReader:
    """Reads `GET /stream` on a thread of its own until the hub ends it or close()."""

    def __init__(self, api: Api, headers: dict | None = None):
        self._connection = api.connect()
        sent = dict(headers or {})
        if api._token:
            sent["Authorization"] = f"Bearer {api._token}"
        self._connection.request("GET", BASE + "/stream", headers=sent)
        self._socket = self._connection.sock  # which the answer takes over
        self.response = self._connection.getresponse()
        self.messages: queue.Queue = queue.Queue()
        self.text = ""
        self.ended = threading.Event()
        self.broken: Exception | None = None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        name, data = "message", ""
        try:
            for raw in self.response:
                line = raw.decode()
                self.text += line
                field, _, value = line.rstrip("\n").partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    data += value
                elif not line.strip():
                    if data:
                        self.messages.put((name, json.loads(data)))
                    name, data = "message", ""
        except Exception as fault:  # noqa: BLE001 - the test looks at it
            self.broken = fault
        finally:
            self.ended.set()

    def next(self, name: str, timeout: float = 30, **members) -> dict:
        """The next message of that name, with these members."""
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            assert left > 0, f"no {name} {members} within {timeout} s; heard:\n{self.text[-3000:]}"
            try:
                found, data = self.messages.get(timeout=left)
            except queue.Empty:
                continue
            if found == name and all(data.get(key) == value for key, value in members.items()):
                return data

    def wait_for_end(self, timeout: float = 30) -> None:
        assert self.ended.wait(timeout), "the stream goes on"

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
