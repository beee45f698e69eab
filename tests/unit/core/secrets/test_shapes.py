# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that are known by their shape, and all that only looks like one."""

from __future__ import annotations

import ast
import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.secrets import shapes

ROOT = Path(__file__).parents[4]
BODY = "MIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gun"
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n{BODY}\n-----END RSA PRIVATE KEY-----\n"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJl"
KUBECONFIG = f"apiVersion: v1\nusers:\n- name: me\n  user: {{token: {TOKEN}}}\ncurrent-context: one\n"
#: A text, and the secret in it. Each of the shapes is needed by one of them.
SECRETS = {
    "http://me:pass/w@rd@proxy:3128": "pass/w@rd",
    "clone https://0123456789abcdef0123@git.example.com/a": "0123456789abcdef0123",
    "POST /robot/send?access_token=abc&timestamp=1": "abc",
    "the answer was {'accessToken': 'f00ba4f00ba4', 'expireIn': 7200}": "f00ba4f00ba4",
    f"secret SEC{'0a' * 32} is invalid": f"SEC{'0a' * 32}",
    f"invalid token {TOKEN}.": TOKEN,
    "Authorization: Bearer 0123abcd": "0123abcd",
    "authorization: Basic YWRtaW46UEA4OHcwcmQ=": "YWRtaW46UEA4OHcwcmQ=",
    KEY: BODY,
    repr(KEY): BODY,
    '{"client-key-data": "LS0tLS1CRUdJTi"}': "LS0tLS1CRUdJTi",
    "https://hooks.slack.com/services/T0/B0/xyz": "T0/B0/xyz",
    "https://open.feishu.cn/open-apis/bot/v2/hook/01-23": "01-23",
    "https://api.telegram.org/bot12:ab/sendMessage": "12:ab",
    f"kubeconfig: {base64.b64encode(KUBECONFIG.encode()).decode()}": base64.b64encode(KUBECONFIG.encode()).decode(),
    # cut by whoever quotes it
    f"value {base64.b64encode(KUBECONFIG.encode()).decode()[:90]}": base64.b64encode(KUBECONFIG.encode()).decode()[:90],
}
HARMLESS = [
    "https://api.example.com:6443/path?x=a@b",
    "http://[fd00::1]:6443/a@b",
    "set https_proxy to http://USER@proxy:3128",
    "Bearer token was rejected; see Basic information and Bearer authentication",
    "invalid access token; access_token: expired",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "cidKcMDpOuPPVZJqrvlv9HFnw==",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "/home/user/.kube/" + "a-long-folder-name/" * 6 + "config",
    "",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_known_by_its_shape(text: str) -> None:
    secret = SECRETS[text]
    assert secret in text
    assert secret not in shapes.redact(text)
    assert shapes.MASK in shapes.redact(text)
    assert any(secret in found for found in shapes.found(text))
    assert shapes.redact(shapes.redact(text)) == shapes.redact(text)


def test_each_shape_is_tested() -> None:
    unused = [shape.pattern for shape in shapes._SHAPES if not any(shape.search(text) for text in SECRETS)]
    assert unused == []


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_a_secret_is_shown(text: str) -> None:
    assert shapes.redact(text) == text


def strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_message_and_no_documentation_has_the_shape_of_a_secret() -> None:
    texts = [text for path in (ROOT / "plugins").rglob("*.py") if path.stem != "shapes" for text in strings(path)]
    texts += [path.read_text() for path in ROOT.glob("*.md")] + [path.read_text() for path in ROOT.glob("docs/*.md")]
    assert len(texts) > 1000
    assert [text[:200] for text in texts if shapes.redact(text) != text] == []
