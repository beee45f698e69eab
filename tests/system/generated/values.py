# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated values, texts, documents and HTTP answers."""

from __future__ import annotations

import copy
import datetime
import gzip
import math
import random
from typing import Any

from hypothesis import strategies as st

Json = Any

TEXTS = (
    "",
    " ",
    "\n",
    "\0",
    "a\0b",
    "-",
    "%s",
    "%",
    "{{ x }}",
    "{% raw %}",
    "{",
    "[",
    "\x1b[31m\x1b]0;title\x07",
    "\x9b2J",
    "\u202egnp",
    "a\u2028b\u0085c",
    "half \ud800",
    "\udfff",
    "群" * 50,
    "x" * 70_000,
    "../../../../etc/passwd",
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/",
    "http://",
    "http://[",
    "https://user:pa ss@host:99999999/",
    "file:///etc/passwd",
    "http://127.0.0.1:1",
    "127.0.0.1",
    "a,b",
    "true",
    "NaN",
    "1e999",
    "0x1f",
    "2001-99-99",
    "9" * 5000,
    "-1",
    "[" * 2000,
    "- " * 2000,
    "a: &a [*a]",
    "!!python/object:os.system x",
    "null",
)
NUMBERS = (0, 1, -1, 2**31, 2**63, 2**64, -(2**70), 0.5, 1e308, -0.0, math.nan, math.inf, -math.inf)


def deep(levels: int) -> Json:
    value: Json = "x"
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


OTHERS = (None, True, False, datetime.date(2024, 1, 31), datetime.datetime(2024, 1, 31, 12, 0))
CONTAINERS: tuple[Json, ...] = (
    [],
    {},
    [[]],
    [{}],
    [None],
    {"": ""},
    {1: 2},
    {None: None, "a": 1},
    {True: [], 1.5: {}},
    {"\x1b[1m": "\0"},
    {"half \ud800": 1},
    {"a/b~c": {"[=x]": 1}},
    deep(120),
    deep(20),
    ["a", "a"],
    ["a", 1, None, [], {}],
    (1, 2),
    ["x"] * 3000,
)

#: Python prints no number of so many digits, so the strategy must not contain it.
huge = st.sampled_from((5000, 100_000)).map(lambda digits: 1 << digits * 4)
scalars = st.one_of(
    huge,
    st.sampled_from(TEXTS),
    st.sampled_from(NUMBERS),
    st.sampled_from(OTHERS),
    st.text(st.characters(), max_size=12),
    st.integers(),
)


def _containers(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)


#: Any value that a variable of Ansible can have.
values = st.one_of(scalars, st.sampled_from(CONTAINERS), st.recursive(scalars, _containers, max_leaves=6))

JSON_TEXTS = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"{}",
    b"1",
    b'"x"',
    b"NaN",
    b'{"a": Infinity}',
    b"[" * 100_000,
    b'{"a":' * 3000 + b"1" + b"}" * 3000,
    b"9" * 100_000,
    b'{"a": 1, "a": 2}',
    b'{"errcode": 0, "errcode": 40035}',
    b'"\xff\xfe"',
    b"<html>\x1b[31m</html>",
    "<html>群</html>".encode("gbk"),
    b'{"kind": "Status", "message": ["x"], "reason": {}, "details": 5, "code": "x"}',
    b'{"kind": "Status", "message": "\\u001b[31mred", "details": {"kind": ["namespaces"]}}',
    b'{"errcode": [0], "errmsg": {"a": 1}}',
    b'{"code": {"a": []}, "message": ["\\u001b[2J"], "requestid": 5}',
    b'{"errcode": 88, "errmsg": "\\u001b[31mred\\ud800", "sub_code": ["x"], "sub_msg": 1}',
    b'{"success": [], "result": []}',
    b'{"message": "' + b"m" * 300_000 + b'"}',
    gzip.compress(b"{}"),
)
YAML_TEXTS = (
    b"",
    b"a",
    b"- a",
    b"a: &a [*a]",
    b"a: &a {x: 1}\nb: [" + b"*a, " * 9 + b"*a]",
    b"a0: &a0 [x]\n" + b"".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n".encode() for i in range(1, 12)),
    b"<<: [1]",
    b"a: 1\na: 2",
    b"a\n---\nb",
    b"%YAML 3.0\n---\na: 1",
    b"\xef\xbb\xbfa: 1",
    b"a: .nan",
    b"{1: 2, null: 3, true: 4}",
    b"{[a]: b}",
    b"? [a]\n: b",
    b"!!binary aGk=",
    b"!!set {a}",
    b"!!timestamp x",
    b"a: !!int x",
    b"a:\t- b",
    b"- " * 5000 + b"x",
    b"a: 'x",
    b"a: |\n" + b"x" * 300_000,
    b"\0",
    b"a: \x1b[31m",
    *JSON_TEXTS,
)

ANSWERS = st.sampled_from(JSON_TEXTS) | st.binary(max_size=30)
DOCUMENTS = st.sampled_from(YAML_TEXTS) | st.binary(max_size=30) | st.text(max_size=30).map(str.encode)
STATUSES = st.sampled_from((200, 200, 200, 201, 204, 301, 302, 400, 401, 403, 404, 405, 409, 410, 413, 422, 500, 502))
HEADERS = st.sampled_from(
    (
        {"Content-Type": "application/json"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "text/html; charset=nonsense"},
        {"Content-Type": "\x1b[31m"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/json", "Content-Encoding": "br"},
        {"Location": "http://[", "Retry-After": "soon"},
        {"Location": "/elsewhere", "Retry-After": "-5"},
        {"Retry-After": "9" * 5000},
        {},
    )
)


def mutated(value: Json, seed: int) -> Json:
    """Return JSON with one of its values replaced, removed or repeated."""
    chance = random.Random(seed)
    places = list(_places(value))
    path = chance.choice(places)
    if not path:
        return chance.choice(_REPLACEMENTS)
    changed = copy.deepcopy(value)
    parent = changed
    for step in path[:-1]:
        parent = parent[step]
    kind = chance.randrange(4)
    if kind == 0 and isinstance(parent, dict):
        del parent[path[-1]]
    elif kind == 1:
        parent[path[-1]] = [parent[path[-1]]]
    else:
        parent[path[-1]] = chance.choice(_REPLACEMENTS)
    return changed


_REPLACEMENTS: tuple[Json, ...] = (
    None,
    [],
    {},
    "",
    " ",
    0,
    -1,
    2**70,
    1.5,
    True,
    "\x1b[31mx",
    "half \ud800",
    "a\nb",
    ["x", 1, None],
    {"x": []},
    [[]],
    [{}],
    [None],
    {"": None},
)


def _places(value: Json, path: tuple[Any, ...] = ()) -> Any:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _places(item, (*path, key))
