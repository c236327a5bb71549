"""People who sign in with a password, as a browser does."""

import json

from support.api import Api, Reply


class Person:
    """A browser: keeps the cookie, and sends the token that changes need."""

    def __init__(self, where, name: str, password: str):
        self._api = Api(where)
        self.reply = self._api.post("/session", {"name": name, "password": password})
        if self.reply.status == 201:
            self.take(self.reply)

    def take(self, login: Reply) -> None:
        self.cookie = login.headers["set-cookie"].split(";")[0]
        self.csrf_token = login.json["csrf_token"]

    def request(self, method: str, path: str, body=None, **arguments) -> Reply:
        headers = {"Cookie": self.cookie}
        if method != "GET":
            headers["X-CSRF-Token"] = self.csrf_token
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        return self._api.request(method, path, sent, headers=headers, **arguments)

    def get(self, path: str, **arguments) -> Reply:
        return self.request("GET", path, **arguments)

    def post(self, path: str, body=None, **arguments) -> Reply:
        return self.request("POST", path, body, **arguments)
