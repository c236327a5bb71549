"""Who may include whom: tests/layers.json against every include and every CMake dependency."""

import json
import re
from pathlib import Path

from support import tree

LAYERS = json.loads((tree.ROOT / "tests/layers.json").read_text())
MODULES = LAYERS["modules"]


def allowed(module: str, include: str, in_test: bool) -> bool:
    permitted = [module, *MODULES[module]]
    if in_test:
        permitted += ["support", *LAYERS["tests_also"].get(module, [])]
    return any(include == entry or include.startswith(entry + "/") for entry in permitted)


def layer_faults(module: str, text: str, in_test: bool) -> list[str]:
    faults = []
    for include in tree.project_includes(text):
        if "/" not in include:
            faults.append(f'"{include}" is not relative to src/')
        elif not allowed(module, include, in_test):
            faults.append(f'{module} may not include "{include}" (tests/layers.json)')
    return faults


def purity_faults(text: str) -> list[str]:
    pure = LAYERS["pure"]
    faults = [f"includes <{include}>" for include in tree.system_includes(text)
              if any(include == name or (name.endswith("/") and include.startswith(name))
                     or include.startswith(name + "/") or include.startswith(name + ".h")
                     for name in pure["forbidden_includes"])]
    code = tree.without_comments_and_strings(text)
    return faults + [f"uses {pattern}" for pattern in pure["forbidden_text"]
                     if re.search(pattern, code)]


def module_of(path: Path) -> str:
    return path.relative_to(tree.ROOT / "src").parts[0]


def sources() -> list[Path]:
    return [path for path in tree.files("src", ".cpp", ".hpp")
            if path.parent != tree.ROOT / "src"]


def test_every_module_is_described():
    assert {module_of(path) for path in sources()} <= set(MODULES)


def test_includes_follow_the_layers():
    faults = [f"{tree.name_of(path)}: {fault}" for path in sources()
              for fault in layer_faults(module_of(path), path.read_text(), tree.is_test(path))]
    assert not faults, "\n".join(faults)


def test_core_and_engine_are_pure():
    faults = [f"{tree.name_of(path)}: {fault}" for path in sources()
              if module_of(path) in LAYERS["pure"]["modules"] and not tree.is_test(path)
              for fault in purity_faults(path.read_text())]
    assert not faults, "\n".join(faults)


def test_cmake_dependencies_follow_the_layers():
    faults = []
    for path in tree.files("src", "CMakeLists.txt"):
        for module, depends in re.findall(r"mih_module\((\w+)[^)]*?DEPENDS\s+([^)A-Z]+)",
                                          path.read_text()):
            modules = {entry.split("/")[0] for entry in MODULES[module]}
            faults += [f"{tree.name_of(path)}: {module} may not depend on {name}"
                       for name in depends.split() if name not in modules]
    assert not faults, "\n".join(faults)


def test_the_layers_have_no_cycle():
    order: list[str] = []
    for module, entries in MODULES.items():
        assert {entry.split("/")[0] for entry in entries} <= set(order), module
        order.append(module)


def test_a_wrong_include_is_found():
    assert layer_faults("core", '#include "engine/matcher.hpp"\n', False)
    assert layer_faults("api", '#include "store/sqlite/sqlite_store.hpp"\n', False)
    assert layer_faults("ingest", '#include "delivery/lane.hpp"\n', False)
    assert not layer_faults("api", '#include "store/store.hpp"\n#include "api/hub.hpp"\n', False)
    assert purity_faults("#include <boost/asio/post.hpp>\n")
    assert purity_faults("auto t = std::chrono::steady_clock::now();\n")
    assert purity_faults("void f() { throw 1; }\n")
    assert not purity_faults('// may throw\nconst char* s = "throw";\n')
