"""The reference page of services' fields, from what the hub says of them."""

import json


def cell(value) -> str:
    return str(value).replace("|", "\\|")


def bounds(field: dict) -> str:
    if "choices" in field:
        return ", ".join(f"`{choice}`" for choice in field["choices"])
    if "maximum" in field:
        return f"{field['minimum']:g} to {field['maximum']:,.15g}".replace(",", " ")
    limit = field.get("max_length") or field.get("max_items")
    unit = "bytes" if "max_length" in field else "items"
    return f"at most {limit:,.0f} {unit}".replace(",", " ") if limit else ""


def row(field: dict) -> str:
    marks = [mark for mark in ("required", "secret") if field[mark]]
    default = "" if field["required"] else f"`{json.dumps(field['default'])}`"
    cells = [f"`{field['name']}`", field["kind"] + "".join(f", {mark}" for mark in marks),
             default, bounds(field), field["help"]["en"]]
    return "| " + " | ".join(map(cell, cells)) + " |"


def reference(items: list[dict]) -> str:
    parts = ["# Fields of services\n\n"
             "What `GET /api/v1/transports` says, for each type of service.\n"]
    for item in items:
        parts.append(f"\n## `{item['type']}`\n\n| field | kind | default | values | meaning |\n"
                     "|---|---|---|---|---|\n")
        parts.extend(row(field) + "\n" for field in item["fields"])
    return "".join(parts)
