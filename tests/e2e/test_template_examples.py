"""The examples of docs/templates.md, through the preview."""

import json
import re
from pathlib import Path

import pytest

from support.hub import Hub

PAGE = Path(__file__).resolve().parents[2] / "docs/templates.md"
ROW = re.compile(r"^\| `(.*?)` \| `(.*?)` \| `(.*?)` \|$", re.MULTILINE)


def examples():
    rows = [tuple(cell.replace("\\|", "|") for cell in row)
            for row in ROW.findall(PAGE.read_text(encoding="utf-8"))]
    assert len(rows) > 20
    return rows


@pytest.mark.parametrize("event, template, result", examples())
def test_an_example_of_the_page(example_hub, event, template, result):
    rule = {"name": "x", "eventname": "*", "service": "crm", "payload_template": template}
    fields = event[1:-1]  # spelled as on the page
    if "eventname" not in fields:
        fields = ", ".join(filter(None, [r'"eventname":"\\core\\event\\user_created"', fields]))
    body = f'{{"rule": {json.dumps(rule)}, "event": {{{fields}}}}}'
    answer = example_hub.admin.post("/rules/preview", body.encode(),
                                    content_type="application/json")
    if result == "refused":
        answer.expect_problem(422, "template_invalid")
    else:
        assert answer.expect(200).json["payload"] == result


@pytest.fixture(scope="module")
def example_hub(tmp_path_factory):
    hub = Hub(tmp_path_factory.mktemp("mih") / "data").start()
    hub.add_service("crm", "http://127.0.0.1:9")
    yield hub
    hub.stop()
