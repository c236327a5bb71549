"""Walks over the routes of the API, as its description lists them."""

import re


def paths_of(hub, **values: str) -> list[str]:
    """Every GET of the API that can be asked with these values of parameters, and whose answer has
    an end."""
    document = hub.admin.get("/openapi.json").expect(200).json
    paths = []
    for path, item in document["paths"].items():
        if "get" not in item or path.startswith("/assets") or path.endswith("/stream"):
            continue
        filled = re.sub(r"\{(\w+)\}", lambda found: values[path + found[0]]
                        if path + found[0] in values else values[found[1]], path)
        paths.append(filled)
    return paths
