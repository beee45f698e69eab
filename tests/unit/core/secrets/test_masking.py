# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a task's output is masked, and what is not although it contains the same letters."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from urllib.parse import quote

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from tests.support.leaks import encodings, leaks

SECRET = 'App/Secret+1&x="y"=\\d.*ö'


def test_a_secret_is_masked_in_every_encoding() -> None:
    document = f"a: 1\npassword: {SECRET}\n"
    texts = [document, json.dumps({"a": document}), quote(document), base64.b64encode(document.encode()).decode()]
    texts += [f"<{form}>" for form in encodings(SECRET)]
    masked = Secrets([SECRET]).mask(texts)
    assert [leaks(text, {"it": SECRET}) for text in masked] == [[]] * len(texts)


def test_a_secret_is_masked_wherever_it_is() -> None:
    @dataclass(frozen=True)
    class Summary:
        message: str
        parts: tuple[str, ...]

    result = {SECRET: [1, (SECRET, {"a": f"x{SECRET}x"})], "error": Summary(SECRET, (f"in {SECRET}",)), "ok": True}
    masked = Secrets([SECRET]).mask(result)
    assert SECRET not in repr(masked)
    assert repr(SECRET)[1:-1] not in repr(masked)
    assert masked["error"].parts == ("in ********",)
    assert masked["ok"] is True


def test_a_number_is_masked_if_it_is_the_secret() -> None:
    masked = Secrets(["12345678", "403"]).mask({"pin": 12345678, "status": 403, "other": 123456789})
    assert masked == {"pin": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "status": 403, "other": 123456789}


def test_a_line_of_a_key_is_masked_alone() -> None:
    line = "MIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gun"
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{line}\n-----END RSA PRIVATE KEY-----\n"
    assert Secrets([key]).mask_text(f"bad line {line}") == "bad line ********"


@pytest.mark.parametrize(
    "word", ["alertmanager", "main", "Alertmanager", "kubesphere-main", "updated", "1", "5m", "true"]
)
def test_a_secret_that_is_a_word_garbles_no_name_and_no_value(word: str) -> None:
    result = {
        "objects": [{"name": "alertmanager-main-backup-1", "namespace": "kubesphere-main-1", "action": "updated"}],
        "features": ["alertmanager"],
        "interval": "5m",
        "true": 1,
        "url": "https://alertmanager.main.svc:9093/alertmanager/main?x=true",
        "changed": True,
    }
    assert Secrets([word]).mask(result) == result


@pytest.mark.parametrize("secret", ["hunter", "Hunter", "correct-horse"])
@pytest.mark.parametrize(
    "sentence",
    ["the password '{}' is wrong", "login of admin:{}@host failed", "密码{}错误 x", "wrong: {}.", 'got "{}", sorry'],
)
def test_a_secret_that_is_a_word_is_masked_in_a_sentence_that_quotes_it(secret: str, sentence: str) -> None:
    assert Secrets([secret]).mask_text(sentence.format(secret)) == sentence.format("********")
    inside = sentence.format(f"{secret}s")
    assert Secrets([secret]).mask_text(inside) == inside


@pytest.mark.parametrize("secret", ["P@88w0rd", "admin123", "Harbor12345", "correct-horse-battery"])
def test_any_other_secret_is_masked_also_within_a_word(secret: str) -> None:
    assert Secrets([secret]).mask({"a": f"x{secret}x"}) == {"a": "x********x"}


def test_lone_surrogates_are_no_obstacle() -> None:
    secret = "pl4nted-\ud800-\udcff-secret"
    assert Secrets([secret]).mask_text(f"a {secret} b \udfff") == "a ******** b \udfff"


def test_harmless_output_is_returned_as_it_is() -> None:
    result = {"objects": [{"name": "a"}] * 3, "msg": "done", "warnings": ["https://example.com"]}
    assert Secrets([SECRET]).mask(result) == result
