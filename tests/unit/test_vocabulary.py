# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code, tests and documentation use the terms of Kubernetes, Ansible and DingTalk, and none of the project's own.

docs/development.md has a glossary. A word is found in prose and in names alike, so ``WishedChat`` is three of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = (
    "plugins",
    "roles",
    "playbooks",
    "docs",
    "examples",
    "extensions",
    "changelogs",
    "tests",
    ".github",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "README.md",
    "README.zh-CN.md",
)
SUFFIXES = {".py", ".yml", ".yaml", ".j2", ".md", ".rst"}

#: A word or phrase that is not used -> the term that is.
RETIRED = {
    r"wish(es|ed|ing)?": "desired state",
    r"ours|mine": "managed",
    r"theirs|foreign|somebody else(s)?": "unmanaged, by others",
    r"keepers?|kept|(bring|brings|brought|bringing) (\w+ )?in line": "reconcile; stored, preserved",
    r"(take|takes|took|taken|taking) (\w+ )?back": "remove, uninstall",
    r"(give|gives|gave|given|giving) (\w+ )?back": "restore",
    r"retract\w*|held": "prune; excluded from pruning",
    r"announc\w+": "record as pending",
    r"lasting": "retained",
    r"whole maps?|shared lists?": "atomic map; list with a merge key",
    r"told|tells?|said": "report, return, message",
    r"problems?|what is wrong": "errors",
    r"troubl\w+": "error, fault, cause",
    r"ways? out": "hint",
    r"lookout|adoptable": "search for existing chats",
    r"strays?": "orphan",
    r"decisions?|decider": "operator action",
    r"manners?": "options",
    r"gates?|punish\w*": "guard, ban",
    r"recall\w*": "get",
    r"meters?": "call counter",
    r"settl\w+": "wait for rollout, resolve",
    r"famil(y|ies)|extensible": "release line, KubeSphere 4",
    r"neighbours?|stated": "peer clusters, declared",
    r"rehears\w+": "check run",
}

#: The terms of the Chinese pages, most of them those of the consoles -> other words for the same.
CHINESE = {
    "会话 ID": ("群 ID", "群ID", "会话ID", "聊天 ID"),
    "群机器人设置": (),
    "通知条件": (),
    "规则组": ("规则群", "规则群组"),
    "创建意图": ("忘记意图", "建群意图"),
    "撤销配置": ("卸载", "拆除"),
    "限流": ("频率限制", "速率限制"),
    "最小基线循环": ("最简循环", "裸循环"),
    "钉钉返回的信息": ("钉钉的应答", "钉钉的消息", "钉钉的话"),
    "标识": ("的键，", "以键"),
    "加签": ("附加签名", "额外签名"),
    "出口 IP": ("出口IP", "外出 IP"),
    "告警": ("警报", "报警"),
    "集群": ("群集",),
    "机器人": ("机械人",),
}

#: Genuine uses of English, and names that others chose: the path's beginning -> texts that are left out.
GENUINE: dict[str, tuple[str, ...]] = {
    "plugins/module_utils/_core/yaml_text.py": ("problem_mark", '"problem"'),  # PyYAML
    # DingTalk's gateway answers a banned IP with {"punish": "deny"}
    **dict.fromkeys(
        (
            "plugins/module_utils/_dingtalk/api/response.py",
            "tests/support/simulators/dingtalk/refusals.py",
            "tests/unit/dingtalk/api/test_response.py",
            "tests/unit/support/simulators/test_dingtalk_faults.py",
            "tests/unit/support/simulators/test_dingtalk_gateway.py",
        ),
        ("punish",),
    ),
    "tests/unit/test_vocabulary.py": (".*",),
}


def hits(path: Path) -> Iterator[str]:
    """The retired words in a file, each with its place and the term to use."""
    name = str(path.relative_to(ROOT))
    text = path.read_text(encoding="utf-8")
    for place, genuine in GENUINE.items():
        if name.startswith(place):
            for pattern in genuine:
                text = re.sub(pattern, "", text)
    for number, line in enumerate(text.split("\n"), 1):
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z]+", " ", line).lower()
        for pattern, term in RETIRED.items():
            for found in re.finditer(rf"\b(?:{pattern})\b", words):
                yield f"{name}:{number}: {found[0]!r}; the term is: {term}"


def files() -> list[Path]:
    """All files that people read."""
    found = [
        path for place in PLACES for path in ((ROOT / place).rglob("*") if (ROOT / place).is_dir() else [ROOT / place])
    ]
    return sorted(path for path in found if path.suffix in SUFFIXES and path.is_file())


@pytest.mark.parametrize("place", PLACES)
def test_only_the_fields_own_terms_are_used(place: str) -> None:
    found = [hit for path in files() if str(path.relative_to(ROOT)).startswith(place) for hit in hits(path)]
    assert found == []


@pytest.mark.parametrize("term", CHINESE)
def test_the_chinese_pages_use_one_term_for_each_thing(term: str) -> None:
    pages = [*ROOT.glob("*.zh-CN.md"), *ROOT.glob("docs/*.zh-CN.md")]
    texts = {path.name: path.read_text(encoding="utf-8") for path in pages}
    assert any(term in text for text in texts.values())
    catalogue = ROOT / "plugins" / "module_utils" / "_findings" / "catalogue.py"
    texts[catalogue.name] = catalogue.read_text(encoding="utf-8")
    found = [(name, other) for name, text in texts.items() for other in CHINESE[term] if other in text]
    assert found == []


def test_retired_words_are_found_in_prose_and_in_names() -> None:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z]+", " ", "class WishedChat: keep_told = 1").lower()
    assert [pattern for pattern in RETIRED if re.search(rf"\b(?:{pattern})\b", words)] == [
        r"wish(es|ed|ing)?",
        r"told|tells?|said",
    ]
