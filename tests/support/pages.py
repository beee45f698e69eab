# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Web pages as proxies, load balancers and login pages send them in place of an API's answer."""

from __future__ import annotations

SECRET = "planted-0123456789"
#: Statuses with which such pages are sent.
STATUSES = (200, 301, 302, 400, 401, 403, 404, 407, 408, 411, 413, 414, 429, 500, 502, 503, 504, 511, 521)
_GBK = '<html><head><meta charset="{}"><title>访问被拒绝 - 上网认证</title></head><body>请登录</body></html>'
#: Kind of page -> its body, and the title that a message shows.
PAGES: dict[str, tuple[bytes, str]] = {
    "nginx": (b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>", "502 Bad Gateway"),
    "squid": (
        b'<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN"><html><head><TITLE lang="en">ERROR: Access\nDenied</TITLE>',
        "ERROR: Access Denied",
    ),
    "haproxy": (b"<html><body><h1>503 Service Unavailable</h1>\nNo server</body></html>", "503 Service Unavailable"),
    "login in Chinese, UTF-8": (_GBK.format("utf-8").encode(), "访问被拒绝 - 上网认证"),
    "login in Chinese, GBK": (_GBK.format("gb2312").encode("gbk"), "访问被拒绝 - 上网认证"),
    "Chinese, GBK without a charset": ("<html><title>网关超时</title>".encode("gbk"), "网关超时"),
    "Chinese, Big5": ('<html><meta charset="big5"><title>拒絕存取</title>'.encode("big5"), "拒絕存取"),
    "Latin-1": ('<meta charset="iso-8859-1"><html><title>Accès refusé</title>'.encode("latin-1"), "Accès refusé"),
    "unknown charset": ('<meta charset="x-nothing"><html><title>登录</title>'.encode(), "登录"),
    "entities": (b"<html><title>Sign in &raquo; A&amp;B &#x1b;[31m</title>", "Sign in » A&B [31m"),
    "escape sequences": (b"<html><title>\x1b]0;owned\x07Login\xe2\x80\xae</title>", "]0;owned Login"),
    "byte order mark": (b"\xef\xbb\xbf\n<!doctype html><title>Portal</title>", "Portal"),
    "without a title": (b"<html><body>blocked</body></html>", ""),
    "empty title": (b"<html><title> </title></html>", ""),
    "long title": (b"<html><title>" + b"x" * 161 + b"</title></html>", ""),
    "unclosed title": (b"<html><title>" + b"x" * 500_000, ""),
    "many tags": (b"<html>" + b"<title" * 100_000, ""),
    "a secret in the title": (f"<html><title>No {SECRET}</title>".encode(), "No {SECRET}"),
}
#: Bodies that are not pages.
OTHERS = (b"", b"{}", b"[]", b"404 page not found\n", b"<?xml version='1.0'?>", b"<", b"a <html>", b"\xff<html>")
