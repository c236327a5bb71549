"""The examples of docs/templates.md and docs/filters.md, through the preview."""

import json
import re
from pathlib import Path

import pytest

from support.hub import Hub

DOCS = Path(__file__).resolve().parents[2] / "docs"
ROW = re.compile(r"^\| `(.*?)` \| `(.*?)` \| `(.*?)` \|$", re.MULTILINE)


def examples(page: str):
    rows = [tuple(cell.replace("\\|", "|") for cell in row)
            for row in ROW.findall((DOCS / page).read_text(encoding="utf-8"))]
    assert len(rows) > 20
    return rows


def preview(hub, event: str, **parts):
    rule = {"name": "x", "eventname": "*", "service": "crm", **parts}
    fields = event[1:-1]  # spelled as on the page
    if "eventname" not in fields:
        fields = ", ".join(filter(None, [r'"eventname":"\\core\\event\\user_created"', fields]))
    body = f'{{"rule": {json.dumps(rule)}, "event": {{{fields}}}}}'
    return hub.admin.post("/rules/preview", body.encode(), content_type="application/json")


@pytest.mark.parametrize("event, template, result", examples("templates.md"))
def test_an_example_of_a_template(example_hub, event, template, result):
    answer = preview(example_hub, event, payload_template=template)
    if result == "refused":
        answer.expect_problem(422, "template_invalid")
    else:
        assert answer.expect(200).json["payload"] == result


@pytest.mark.parametrize("event, text, result", examples("filters.md"))
def test_an_example_of_a_filter(example_hub, event, text, result):
    answer = preview(example_hub, event, filter=json.loads(text))
    if result == "refused":
        answer.expect_problem(422, "filter_invalid")
    else:
        assert result in ("holds", "does not hold")
        assert answer.expect(200).json["matches"] is (result == "holds")


@pytest.fixture(scope="module")
def example_hub(tmp_path_factory):
    hub = Hub(tmp_path_factory.mktemp("mih") / "data").start()
    hub.add_service("crm", "http://127.0.0.1:9")
    yield hub
    hub.stop()
