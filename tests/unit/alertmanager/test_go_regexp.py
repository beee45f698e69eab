# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go's regular expressions; tests/system/alertmanager/corpus compares thousands of them with amtool."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.go_regexp import compiled, fault
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.matchers import Matcher


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        ".*",
        "a{1000}",
        "(a{100}){10}",
        "a*(?i)*",
        r"a*\Q\E*",
        "a)(b",
        "(a{1000}){0}",
        "a{,5}",
        "[[:alpha:]]",
        r"\p{Old_Italic}",
    ],
)
def test_a_valid_pattern_has_no_fault(pattern: str) -> None:
    assert fault(pattern) == ""


@pytest.mark.parametrize(
    ("pattern", "cause"),
    [
        ("(", "missing )"),
        ("a))", "unexpected )"),
        ("*", "'*' repeats nothing"),
        ("a**", "'*' follows another repetition"),
        ("a{1001}", "more than 1000 repetitions"),
        ("(a{100}){11}", "more than 1000 repetitions"),
        ("a{" + "9" * 5000 + "}", "more than 1000 repetitions"),
        ("a{2,1}", "invalid repetition '{2,1}'"),
        ("[z-a]", "invalid range 'z-a'"),
        ("[[:a]b:]]", "unknown character class '[:a]b:]'"),
        (r"\p{Klingon}", r"unknown character class '\\p{Klingon}'"),
        ("[a", "a character class is unterminated or contains syntax that is not supported by Go"),
        ("(?=a)", "syntax '(?=' is not supported by Go"),
        (r"\1", r"syntax '\\1)' is not supported by Go"),
        ("(?<n>a)", "syntax '(?<' is not supported by Go"),
    ],
)
def test_the_cause_of_an_invalid_pattern(pattern: str, cause: str) -> None:
    assert fault(pattern) == cause


@pytest.mark.parametrize(
    ("pattern", "accepted", "rejected"),
    [
        ("[[:alpha:]]+", "warning", "w1"),
        ("[^[:space:][:digit:]]", "a", "1"),
        (r"[[:punct:]\w]", "]", " "),
        (r"\Qa.b\E*", "a.bb", "axb"),
        (r"\d", "1", "٣"),
        (r"\W", "é", "e"),
        (r"\x{4e16}\x41\101", "世AA", "世A"),
        ("a{,2}", "a{,2}", "a"),
        ("(?i)warning", "WARNING", "error"),
        (r"\Aa\z", "a", "b"),
        (r"a\b-", "a-", "a_"),
    ],
)
def test_python_matches_the_same_values(pattern: str, accepted: str, rejected: str) -> None:
    matcher = Matcher("severity", "=~", pattern)
    assert matcher.is_known
    assert matcher.accepts({"severity": accepted})
    assert not matcher.accepts({"severity": rejected})
    assert Matcher("severity", "!~", pattern).accepts({"severity": rejected})


@pytest.mark.parametrize(
    "pattern", [r"\pL", "[[:^alpha:]]", r"[\D]", "a(?i)b", "(?U)a", r"a*\Q\E*", "a)(b", "(", "(?=a)", "a*+"]
)
def test_other_expressions_are_not_known(pattern: str) -> None:
    assert compiled(pattern) is None
    assert not Matcher("severity", "=~", pattern).is_known
    assert not Matcher("severity", "=~", pattern).accepts({"severity": "a"})
    assert not Matcher("severity", "!~", pattern).accepts({"severity": "a"})


@pytest.mark.parametrize("pattern", ["(a+)+b", "(|a){32}", "((a|b)c*)*", "(?:(?:x?)y)+"])
def test_an_expression_that_python_may_try_for_years_is_not_known(pattern: str) -> None:
    assert fault(pattern) == ""
    assert compiled(pattern) is None


@pytest.mark.parametrize("pattern", ["(foo-)?bar.*", "(prod|dev)-.+", "(ab)+c", "a*b*", "(x+|y)?z"])
def test_repetitions_that_python_tries_quickly_are_known(pattern: str) -> None:
    assert compiled(pattern)
