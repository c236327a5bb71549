"""Holds answers, and the bodies that led to them, against the document of the API."""

import json
import re
from collections import Counter
from copy import deepcopy
from urllib.parse import urlencode

from jsonschema import Draft202012Validator

from support.api import BASE, Api, Reply

JSON = "application/json"
PROBLEM = "application/problem+json"


def _closed(schema, schemas: dict):
    """The schema with every object closed to members that it does not name.

    JSON Schema allows what is not forbidden; here a member that the document does not name is a
    defect of the document. What is put together by allOf becomes one object first.
    """
    if isinstance(schema, list):
        return [_closed(item, schemas) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "allOf" in schema:
        schema = _merged(schema, schemas)
    made = {name: value if name in ("enum", "default", "examples", "const")
            else {member: _closed(inner, schemas) for member, inner in value.items()}
            if name == "properties" else _closed(value, schemas)
            for name, value in schema.items()}
    if "properties" in made:
        made.setdefault("additionalProperties", False)
    return made


def _merged(schema: dict, schemas: dict) -> dict:
    whole = {"type": "object", "properties": {}, "required": list(schema.get("required", []))}
    for part in schema["allOf"]:
        if "$ref" in part:
            part = schemas[part["$ref"].rsplit("/", 1)[1]]
        if "allOf" in part:
            part = _merged(part, schemas)
        whole["properties"] |= part.get("properties", {})
        whole["required"] += part.get("required", [])
    return whole


class Document:
    """The document, and what has been held against it."""

    def __init__(self, document: dict):
        self.paths = document["paths"]
        self._schemas = document["components"]["schemas"]
        self._components = {"schemas": {name: _closed(schema, self._schemas)
                                        for name, schema in deepcopy(self._schemas).items()}}
        self.validated: Counter = Counter()  # of (method, path, status)
        self.findings: list[str] = []

    def operations(self) -> set[tuple[str, str]]:
        return {(method.upper(), path) for path, item in self.paths.items() for method in item}

    def operation_of(self, method: str, path: str) -> tuple[str, dict] | None:
        """The one whose path fits; a path without parameters goes before one with."""
        for template in sorted(self.paths, key=lambda template: template.count("{")):
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
            if method.lower() in self.paths[template] and re.fullmatch(pattern, path):
                return template, self.paths[template][method.lower()]
        return None

    def faults(self, schema: dict, value) -> list[str]:
        root = {**_closed(schema, self._schemas), "components": self._components}
        return [f"{error.json_path}: {error.message[:300]}"
                for error in Draft202012Validator(root).iter_errors(value)]

    def check(self, method: str, path: str, sent: dict | list | None, reply: Reply) -> None:
        """Notes what differs from the document."""
        found = self.operation_of(method, path.partition("?")[0])
        where = f"{method} {path} -> {reply.status}"
        media = reply.headers.get("content-type", "").partition(";")[0]
        if found is None:
            faults = self.faults({"$ref": "#/components/schemas/Problem"}, reply.json)
            self.findings += [f"{where} (not in the document): {fault}" for fault in faults]
            return
        template, operation = found
        self.validated[method, template, reply.status] += 1
        faults = self._answer_faults(operation, reply, media)
        if reply.status < 300 and sent is not None:
            schema = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema")
            faults += ["the document names no body"] if schema is None else [
                f"the body that was taken: {fault}" for fault in self.faults(schema, sent)]
        self.findings += [f"{where}: {fault}" for fault in faults]

    def _answer_faults(self, operation: dict, reply: Reply, media: str) -> list[str]:
        described = operation["responses"].get(str(reply.status))
        if described is None:
            return [f"the status is not in the document: {reply.body[:300]!r}"]
        content = described.get("content", {})
        if not reply.body and not content:
            return []
        if media not in content:
            return [f"{media or 'a body without type'} is not in the document"]
        if media not in (JSON, PROBLEM):
            return []
        return self.faults(content[media]["schema"], reply.json)


class CheckedApi(Api):
    """A client whose every answer is held against the document."""

    def __init__(self, document: Document, where, token: str | None = None):
        super().__init__(where, token)
        self._document = document

    def request(self, method: str, path: str, body=None, *, base: str = BASE, headers=None,
                content_type: str | None = JSON, connection=None, **query) -> Reply:
        reply = super().request(method, path, body, base=base, headers=headers,
                                content_type=content_type, connection=connection, **query)
        sent = None
        if body is not None and content_type == JSON:
            sent = json.loads(body) if isinstance(body, (bytes, str)) and reply.status < 300 else (
                None if isinstance(body, (bytes, str)) else body)
        whole = base + path + ("?" + urlencode(query) if query else "")
        self._document.check(method, whole, sent, reply)
        return reply
