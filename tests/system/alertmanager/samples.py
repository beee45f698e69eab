# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Valid and invalid values of a configuration."""

from __future__ import annotations

from typing import Any

URLS: tuple[Any, ...] = (
    *("https://hook.example:8443/a?b=%zz#c", "HTTP://x", "http://:9093", "http://[::1]:80/", "http://user:p@h/"),
    *("hook.example", "ftp://x", "http://", "http:///path", "http://h:port/", "http://a b/", "http://h/%zz"),
    *("", 5, ["x"], "<secret>", "http://user@", "http://h/a b", "//h/x", "http://h\n/"),
)
DURATIONS: tuple[Any, ...] = (
    *("30s", "5m", "1h30m", "1d", "2w", "1y", "500ms", "1h0m", "0", 0, "0s", "00s", "007m", "1y2w3d4h5m6s7ms"),
    *("", "h", "2 h", " 2h", "1.5h", "-1h", "30m1h", "1h1h", "2H", 5, 1.5, True, ["1h"], {"h": 1}, "soon", None, "1µs"),
    *("290y", "300y", "999999999999y"),
)
MATCHERS: tuple[Any, ...] = (
    *('a="b"', "a=b", "a = b", 'a =~ ".*"', "a!=b", 'a!~"x|y"', '{a="b"}', "a=b,c=d", 'a="b",c="d",', "{a=b,}", ""),
    *("{}", "{", "}", "a", "=b", "a=", 'a=""', "a==b", 'a="b', 'a=b"', 'a="b"c"', 'a="b\\"c"', "a=~(", 'a=~"("', "a=~"),
    *("1a=b", "a-b=c", '"a b"="c"', "a:b=c", "é=b", "a=é", "a=b c", "a={b}", "{a=b", "a=b}", "a=b,,c=d", ",a=b", "a,b"),
    *('a="b,c"', "a=b\\", 'a="\\d"', 'a=~"\\d"', 'a=~"(?=x)"', "a='b'", 'a=~"\\p{L}"', "a=~b,c=~[", " a=b ", "a\t=\nb"),
    *("a=b}}", "{{a=b}", '{a="b"} ', 'a="b" c="d"', "foo", 5, None, True, ["a=b"], {"a": "b"}, "a~b", "a=>b", "a!b"),
)
PATTERNS: tuple[Any, ...] = (
    *("", ".*", "warning|info", "(", ")", "a)(b", "[", "[]a]", "[a-z]", "[z-a]", "a**", "a*+", "a{2}", "a{1001}", "*"),
    *("(?i)x", "x(?i)y", "(?=x)", "(?!x)", "(?<=x)", "(?P<n>x)", "(?P=n)", "\\1", "\\d", "\\pL", "\\z", "\\Z", "a\\"),
    *("\\Q(\\E", "[[:alpha:]]", "[[:nope:]]", "(?>a)", "(?#c)", "\\u0041", "{", None, 5, True, ["a"], {"a": "b"}),
)
LABELS = ("a", "_a1", "a-b", "1a", "", "a b", "é", "a:b", "...", "namespace")
NAMES: tuple[Any, ...] = ("a", "with space", "é", 5, True, None, "", "null", 1.5, ["a"], {"a": "b"})
OTHERS: tuple[Any, ...] = (None, "", "x", 5, True, [], {}, ["x"], {"a": "b"}, [None], [[]])
