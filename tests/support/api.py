"""A client of the HTTP API, over TCP with a token or over a Unix socket."""

import http.client
import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

BASE = "/api/v1"


@dataclass
class Reply:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def expect(self, status: int) -> "Reply":
        assert self.status == status, f"{self.status} instead of {status}: {self.body[:2000]!r}"
        return self

    def expect_problem(self, status: int, code: str | None = None) -> dict:
        """The problem document (RFC 9457) that a refused request must answer with."""
        self.expect(status)
        assert self.headers.get("content-type", "").startswith("application/problem+json"), \
            self.headers
        problem = self.json
        assert problem["status"] == status
        assert problem["title"] and problem["detail"], problem
        if code is not None:
            assert problem["code"] == code, problem
        return problem


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Api:
    """`where` is a socket's path or (host, port)."""

    def __init__(self, where: Path | tuple[str, int], token: str | None = None,
                 timeout: float = 30):
        self._where = where
        self._token = token
        self._timeout = timeout

    def connect(self) -> http.client.HTTPConnection:
        if isinstance(self._where, Path):
            return UnixConnection(self._where, self._timeout)
        return http.client.HTTPConnection(*self._where, timeout=self._timeout)

    def request(self, method: str, path: str, body: Any = None, *, base: str = BASE,
                content_type: str | None = "application/json", headers: dict | None = None,
                connection: http.client.HTTPConnection | None = None, **query) -> Reply:
        """`body`: bytes or text as it is, anything else as JSON."""
        sent = dict(headers or {})
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        if body is not None:
            if isinstance(body, str):
                body = body.encode()
            elif not isinstance(body, bytes):
                body = json.dumps(body).encode()
            if content_type:
                sent["Content-Type"] = content_type
        if query:
            path += "?" + urlencode(query)
        used = connection or self.connect()
        try:
            try:
                used.request(method, base + path, body=body, headers=sent)
            except (BrokenPipeError, ConnectionResetError):
                if used.sock is None:
                    raise  # not even connected
                # Refused before it was all sent; the answer says why.
            response = used.getresponse()
            content = response.read()
        finally:
            if connection is None:
                used.close()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, content)

    def get(self, path: str, **arguments) -> Reply:
        return self.request("GET", path, **arguments)

    def post(self, path: str, body: Any = None, **arguments) -> Reply:
        return self.request("POST", path, body, **arguments)

    def put(self, path: str, body: Any = None, **arguments) -> Reply:
        return self.request("PUT", path, body, **arguments)

    def patch(self, path: str, body: Any = None, **arguments) -> Reply:
        return self.request("PATCH", path, body, **arguments)

    def delete(self, path: str, **arguments) -> Reply:
        return self.request("DELETE", path, **arguments)

    def all(self, path: str, limit: int = 500, **query) -> list[dict]:
        """All items of a list, page by page."""
        items: list[dict] = []
        cursor: dict = {}
        while True:
            page = self.get(path, limit=limit, **query, **cursor).expect(200).json
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = {"cursor": page["next_cursor"]}


def segment(name: str) -> str:
    """A name as one segment of a path."""
    return quote(name, safe="")
