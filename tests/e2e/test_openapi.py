"""Real answers are as the document says, and have nothing that it does not name."""

import re

import pytest
from jsonschema import Draft202012Validator, RefResolver

from support.api import Api
from support.events import USER_CREATED, event
from support.hub import wait_until
from support.receiver import Answer

FILLED = {  # what stands for the parameters of a path
    "/api/v1/events/{id}": "seen", "/api/v1/event-names/{name}/fields": USER_CREATED,
    "/api/v1/deliveries/{id}": "delivery", "/api/v1/dead-letters/{id}": "letter",
    "/api/v1/jobs/{id}": "job", "/api/v1/services/{name}": "crm", "/api/v1/rules/{id}": "rule",
    "/api/v1/secrets/{name}": "key"}
ELSEWHERE = {  # no JSON, or no end, or a service of another kind
    "/", "/assets/{name}", "/metrics", "/api/v1/stream", "/api/v1/openapi.json",
    "/api/v1/services/{name}/operations"}


class Document:
    def __init__(self, hub):
        self.text = hub.admin.get("/openapi.json").expect(200).json
        self._resolver = RefResolver("", self.text)

    def faults(self, schema: dict, value) -> list[str]:
        found = Draft202012Validator(schema, resolver=self._resolver).iter_errors(value)
        return [f"{fault.json_path}: {fault.message[:300]}" for fault in found] \
            + list(self._undocumented(schema, value, "$"))

    def _whole(self, schema: dict) -> dict:
        while "$ref" in schema:
            schema = {**self._resolver.resolve(schema["$ref"])[1],
                      **{key: value for key, value in schema.items() if key != "$ref"}}
        return schema

    def _properties(self, schema: dict) -> dict | None:
        """The members that it names; None if there may be others."""
        schema = self._whole(schema)
        named = dict(schema.get("properties", {}))
        if schema.get("additionalProperties") not in (None, False):
            return None
        for part in [*schema.get("allOf", []), *schema.get("anyOf", []), *schema.get("oneOf", [])]:
            more = self._properties(part)
            if more is None:
                return None
            named |= more
        return named or None

    def _undocumented(self, schema: dict, value, path: str):
        whole = self._whole(schema)
        if isinstance(value, list) and isinstance(whole.get("items"), dict):
            for one in value[:5]:
                yield from self._undocumented(whole["items"], one, path + "[]")
        if not isinstance(value, dict):
            return
        named = self._properties(schema)
        if named is None:
            return
        for name, member in value.items():
            if name not in named:
                yield f"{path}.{name}: is not in the document"
            else:
                yield from self._undocumented(named[name], member, f"{path}.{name}")


@pytest.fixture
def full_hub(hub, receiver):
    """A hub with something in every list, and what stands for the parameters."""
    hub.add_service("crm", receiver.url, auth_type="bearer", auth_token="t", max_retries=0)
    rule = hub.add_rule("crm", USER_CREATED, ordering_key="{{userid}}")
    hub.admin.put("/secrets/key", {"value": "v"})
    made = hub.admin.post("/sites", {"name": "main"}).expect(201).json
    connected = hub.stranger.post("/connector/connect", {
        "code": made["code"], "wwwroot": "https://moodle.example", "plugin_version": "1",
        "moodle_version": "4.5", "outbox_rows": 0}).expect(200).json
    hub.site = Api(hub.address, connected["token"])
    hub.create_token("view")
    hub.admin.post("/users", {"name": "ada", "role": "view", "password": "a long password"})
    first = event()
    hub.send([first])
    hub.wait_until_done()
    delivery = hub.admin.get("/deliveries").json["items"][0]["id"]
    receiver.answer = Answer(400, body=b"no")
    hub.send([event(), event()])
    letters = hub.wait_for_dead_letters(2)
    job = hub.admin.post("/dead-letters/delete", {"ids": [letters[0]["id"]]}).expect(202).json
    hub.wait_for_job(job["job_id"])
    wait_until(lambda: hub.admin.get("/log").json["items"], "the log has rows")
    hub.names = {"seen": first["id"], "delivery": delivery, "letter": letters[1]["id"],
                 "job": job["job_id"], "crm": "crm", "rule": rule["id"], "key": "key",
                 USER_CREATED: "%5Ccore%5Cevent%5Cuser_created"}
    return hub


def path_for(hub, pattern: str) -> str:
    query = {"/api/v1/stats/series": "?metric=delivered&step=60"}.get(pattern, "")
    return re.sub(r"\{\w+\}", lambda _: str(hub.names[FILLED[pattern]]), pattern) + query


def test_every_list_and_thing_is_as_the_document_says(full_hub):
    document = Document(full_hub)
    wrong, seen, empty = [], 0, []
    for pattern, methods in document.text["paths"].items():
        if "get" not in methods or pattern in ELSEWHERE:
            continue
        caller = full_hub.site if "/connector/" in pattern else full_hub.admin
        reply = caller.get(path_for(full_hub, pattern), base="")
        reply.expect(200)
        said = methods["get"]["responses"]["200"]["content"]
        assert list(said) == [reply.headers["content-type"].split(";")[0]], pattern
        schema = said["application/json"]["schema"]
        wrong += [f"{pattern} {fault}" for fault in document.faults(schema, reply.json)]
        if isinstance(reply.json, dict) and reply.json.get("items") == []:
            empty.append(pattern)
        seen += 1
    assert not wrong, "\n".join(wrong)
    assert seen > 20 and not empty, (seen, empty)


def test_what_is_redacted_is_as_the_document_says(full_hub):
    document, view = Document(full_hub), full_hub.api("view")
    for pattern in ("/api/v1/events", "/api/v1/events/{id}", "/api/v1/deliveries/{id}",
                    "/api/v1/dead-letters/{id}"):
        said = document.text["paths"][pattern]["get"]["responses"]["200"]["content"]
        reply = view.get(path_for(full_hub, pattern), base="").expect(200)
        assert document.faults(said["application/json"]["schema"], reply.json) == []


def test_every_refusal_has_the_shape_of_a_problem(full_hub):
    document = Document(full_hub)
    schema = {"$ref": "#/components/schemas/Problem"}
    refused = [full_hub.stranger.get("/services"), full_hub.api("ingest").get("/services"),
               full_hub.admin.get("/services/none"), full_hub.admin.get("/nothing"),
               full_hub.admin.delete("/services"), full_hub.admin.post("/services", "{"),
               full_hub.admin.post("/services", {"name": "crm"}),
               full_hub.admin.post("/rules", {"payload_template": "{{"}),
               full_hub.admin.get("/events?cursor=x"),
               full_hub.admin.post("/services", "{}", content_type="text/plain")]
    for reply in refused:
        assert reply.status >= 400
        assert reply.headers["content-type"] == "application/problem+json"
        assert document.faults(schema, reply.json) == []


def test_the_check_finds_what_is_wrong(hub):
    document = Document(hub)
    schema = {"$ref": "#/components/schemas/Summary"}
    good = hub.summary()
    assert document.faults(schema, good) == []
    assert document.faults(schema, {**good, "backlog": "many"})
    assert document.faults(schema, {**good, "extra": 1})
    assert document.faults(schema, {name: good[name] for name in good if name != "backlog"})
    deliveries = {**good["deliveries"], "lost": 0}
    assert document.faults(schema, {**good, "deliveries": deliveries})
