# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The style of the page: no script and no file besides it, so that it can be attached to a mail or a ticket.

Languages and filters are radio buttons at the beginning of the body, on which the rules below depend.
"""

from __future__ import annotations

from urllib.parse import quote

from .subjects import Status

_SHAPES = {
    Status.OK: (
        "<circle cx='10' cy='10' r='9' fill='#12a150'/>"
        "<path d='M5.8 10.4l2.9 2.9 5.5-6' fill='none' stroke='#fff' stroke-width='2.2' stroke-linecap='round' "
        "stroke-linejoin='round'/>"
    ),
    Status.ERROR: (
        "<rect x='1' y='1' width='18' height='18' rx='5' fill='#e5383b'/>"
        "<path d='M6.3 6.3l7.4 7.4M13.7 6.3l-7.4 7.4' stroke='#fff' stroke-width='2.4' stroke-linecap='round'/>"
    ),
    Status.WARNING: (
        "<path d='M11.7 2.7l7 12.6c.8 1.4-.2 3.1-1.7 3.1H3c-1.5 0-2.5-1.7-1.7-3.1l7-12.6c.8-1.3 2.6-1.3 3.4 0z' "
        "fill='#f5a70a'/>"
        "<path d='M10 7v5' stroke='#3b2500' stroke-width='2.2' stroke-linecap='round'/>"
        "<circle cx='10' cy='15.2' r='1.3' fill='#3b2500'/>"
    ),
    Status.INFO: (
        "<circle cx='10' cy='10' r='9' fill='#2f7de1'/>"
        "<path d='M10 9.5v5' stroke='#fff' stroke-width='2.2' stroke-linecap='round'/>"
        "<circle cx='10' cy='5.9' r='1.4' fill='#fff'/>"
    ),
    Status.SKIPPED: (
        "<circle cx='10' cy='10' r='7.5' fill='none' stroke='#8b94a5' stroke-width='1.8' stroke-dasharray='3 2.6'/>"
        "<path d='M7.2 10h5.6' stroke='#8b94a5' stroke-width='1.8' stroke-linecap='round'/>"
    ),
    Status.UNKNOWN: (
        "<circle cx='10' cy='10' r='9' fill='#7a8394'/>"
        "<path d='M7.4 7.7c.1-1.6 1.2-2.6 2.7-2.6s2.6 1 2.6 2.4c0 1.9-2.5 2-2.5 4.1' fill='none' "
        "stroke='#fff' stroke-width='2' stroke-linecap='round'/><circle cx='10.2' cy='14.6' r='1.3' fill='#fff'/>"
    ),
    Status.NONE: "<circle cx='10' cy='10' r='2.5' fill='#aab2c0'/>",
}


def picture(status: Status) -> str:
    """Return the symbol of a status as a data URI."""
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20'>{_SHAPES[status]}</svg>"
    return "data:image/svg+xml," + quote(svg, safe="/:=' ")


def style() -> str:
    """Return the style sheet."""
    symbols = "".join(f'.s-{status}{{background-image:url("{picture(status)}")}}' for status in Status)
    return "\n".join((_BASE, _TOP, _MATRIX, _FINDINGS, _CHOICES, _NARROW, symbols))


_BASE = """\
:root{color-scheme:light dark;--page:#f3f5f9;--card:#fff;--raised:#f8f9fc;--text:#141a26;--soft:#556074;--line:#e1e5ee;\
--ok:#12a150;--error:#d3282b;--warning:#a66300;--info:#1f66c4;--accent:#2f5fe0;\
--error-soft:#fdeceb;--warning-soft:#fef4de;--info-soft:#e8f1fd;--ok-soft:#e4f6ec;--unknown-soft:#eceff4;\
--shadow:0 1px 2px #10182810,0 6px 24px -8px #1018281f;--cell:100px;--ring:4px}
@media (prefers-color-scheme:dark){:root{--page:#0c1017;--card:#151b25;--raised:#1b2330;--text:#e8ecf4;--soft:#9aa6ba;\
--line:#283142;--ok:#3ecf7e;--error:#ff7b7d;--warning:#f7bd4d;--info:#7db3ff;--accent:#85a5ff;\
--error-soft:#3a191c;--warning-soft:#35280f;--info-soft:#14263f;--ok-soft:#10301f;--unknown-soft:#222b39;\
--shadow:0 1px 2px #0006,0 8px 28px -10px #000a}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:72px}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,\
"PingFang SC","Microsoft YaHei","Noto Sans SC","Noto Sans CJK SC",sans-serif;overflow-wrap:anywhere}
main{max-width:1160px;margin:0 auto;padding:28px 20px 48px}
h1,h2,p,ul{margin:0;padding:0}
h2{font-size:17px;letter-spacing:-.01em;margin:36px 4px 12px}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
code{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
summary{list-style:none;cursor:pointer}summary::-webkit-details-marker{display:none}
.hidden,body>input{position:absolute;width:1px;height:1px;margin:0;overflow:hidden;clip-path:inset(50%);\
white-space:nowrap}
body>input{position:fixed;top:0}
.s{display:inline-block;flex:none;width:20px;height:20px;background:center/contain no-repeat;forced-color-adjust:none}
.card{background:var(--card);border:1px solid var(--line);border-radius:16px;box-shadow:var(--shadow)}"""

_TOP = """\
header{display:flex;justify-content:space-between;gap:16px;align-items:center;margin-bottom:18px}
.brand{display:flex;flex-direction:column;line-height:1.35}
.brand b{font-size:16px;letter-spacing:-.01em}.brand span{color:var(--soft);font-size:13px}
.languages{display:flex;flex:none;background:var(--unknown-soft);border-radius:10px;padding:3px}
.languages label{padding:4px 12px;border-radius:8px;font-size:13px;color:var(--soft);cursor:pointer;white-space:nowrap}
.verdict{padding:26px 28px;position:relative;overflow:hidden}
.verdict::before{content:"";position:absolute;inset:0 auto 0 0;width:6px;background:var(--tone)}
.verdict.error{--tone:#e5383b}.verdict.warning{--tone:#f5a70a}.verdict.ok{--tone:#12a150}.verdict.unknown{--tone:#7a8394}
.verdict h1{display:flex;gap:14px;align-items:center;font-size:26px;line-height:1.25;letter-spacing:-.02em;\
font-weight:680}
.verdict h1 .s{width:36px;height:36px}
.verdict p{color:var(--soft);margin:8px 0 0 50px}
.bar{display:flex;gap:3px;height:10px;margin:20px 0 0;border-radius:6px;overflow:hidden}
.bar i{min-width:6px}.bar .error{background:#e5383b}.bar .unknown{background:#7a8394}.bar .warning{background:#f5a70a}\
.bar .ok{background:#12a150}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(120px,1fr));gap:12px;margin-top:14px}
.tiles label{padding:12px 16px;cursor:pointer;display:block;border-radius:14px;line-height:1.3}
.tiles label:hover{border-color:var(--accent)}
.tiles b{display:block;font-size:26px;font-weight:680;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tiles .error b{color:var(--error)}.tiles .warning b{color:var(--warning)}.tiles .ok b{color:var(--ok)}\
.tiles .unknown b{color:var(--soft)}
.tiles span{font-size:13px;color:var(--soft)}
time{white-space:nowrap}"""

_MATRIX = """\
.matrix{overflow:clip}
.head,.row>summary,div.row{display:grid;grid-template-columns:minmax(0,1fr) repeat(var(--stages),var(--cell)) 34px;\
align-items:center}
.head{position:sticky;top:0;z-index:2;background:var(--raised);border-bottom:1px solid var(--line);font-size:12px;\
font-weight:600;color:var(--soft)}
.head>span{padding:10px 3px;text-align:center;line-height:1.25;overflow-wrap:break-word}
.head>span:first-child{text-align:left;padding-left:20px}
.row{border-top:1px solid var(--line);--under:var(--card)}.head+.row{border-top:0}
.row>summary:hover,.row[open]>summary{background:var(--raised);--under:var(--raised)}
.name{display:flex;flex-direction:column;padding:9px 6px 9px 20px;line-height:1.3;min-width:0}
.name b{font-weight:600;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;\
overflow:hidden}.name>span{font-size:12.5px;color:var(--soft)}
.row.error .name>span{color:var(--error)}.row.warning .name>span{color:var(--warning)}
.c{position:relative;display:flex;justify-content:center;align-items:center;min-height:44px}
.c .s{position:relative;z-index:1;width:22px;height:22px;border-radius:50%;\
background-color:var(--under);box-shadow:0 0 0 var(--ring) var(--under)}
.c::before{content:"";position:absolute;top:50%;left:-50%;width:100%;height:4px;margin-top:-2px;\
background:#12a15066}
.c.open::before{background:repeating-linear-gradient(90deg,#9aa4b5 0 4px,#0000 4px 9px);height:2px;margin-top:-1px;\
opacity:.7}
.c.cut .s{box-shadow:0 0 0 var(--ring) var(--under),0 0 0 calc(var(--ring) + 2px) #e5383b80}
.c.cut::before{background:repeating-linear-gradient(90deg,#e5383b 0 5px,#0000 5px 9px)}
.c.off::before{display:none}
.c .s-error{border-radius:6px}.c .s-warning{border-radius:2px}.c .s-none{width:16px;height:16px}
.turn{justify-self:center;width:9px;height:9px;border:solid var(--soft);border-width:0 2px 2px 0;\
transform:rotate(45deg) translate(-2px,-2px);transition:transform .15s}
details[open]>summary>.turn{transform:rotate(225deg) translate(-2px,-2px)}
.rest>summary{display:flex;justify-content:space-between;align-items:center;gap:10px;padding:14px 12px 14px 20px;\
border-top:1px solid var(--line);color:var(--soft);font-weight:600}
.rest>summary>span:first-child{display:flex;gap:10px;align-items:center}
.rest>summary:hover{background:var(--raised)}.rest>summary>.turn{justify-self:end}
.legend{display:flex;flex-wrap:wrap;gap:6px 18px;padding:14px 4px 0;font-size:12.5px;color:var(--soft)}
.legend span{display:inline-flex;gap:6px;align-items:center}.legend .s{width:15px;height:15px}"""

_FINDINGS = """\
.body{padding:6px 20px 18px;background:var(--raised)}
.finding{display:grid;grid-template-columns:20px minmax(0,1fr);gap:0 12px;padding:14px 16px;margin-top:10px;\
border-radius:12px;background:var(--card);border:1px solid var(--line);border-left:4px solid var(--tone)}
.finding.error{--tone:#e5383b}.finding.warning{--tone:#f5a70a}.finding.info{--tone:#2f7de1}\
.finding.skipped,.finding.unknown{--tone:#8b94a5}
.finding>.s{margin-top:2px}
.finding>div{min-width:0}
.finding h3{margin:0;font-size:15px;line-height:1.4;font-weight:640}
.tags{display:flex;flex-wrap:wrap;gap:6px;margin:5px 0 0}
.tag{font-size:12px;line-height:1;padding:5px 8px;border-radius:7px;background:var(--unknown-soft);color:var(--soft);\
font-weight:550}
.tag.id{font:550 12px/1 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--text)}
.tag.cut{background:var(--error-soft);color:var(--error)}
.cause{margin-top:9px;white-space:pre-wrap}.cause b{font-weight:600}
.cure{margin-top:9px;padding:9px 12px;border-radius:9px;background:var(--info-soft)}
.cure.own{margin-top:5px}
.kind>summary{display:grid;grid-template-columns:20px 62px minmax(0,1fr) auto 24px;gap:0 12px;align-items:center;\
padding:12px 16px 12px 20px;border-top:1px solid var(--line)}
.kind:first-child>summary{border-top:0}.kind>summary:hover,.kind[open]>summary{background:var(--raised)}
.kind .number{font-size:13px;color:var(--soft);white-space:nowrap;font-variant-numeric:tabular-nums}
.kind .body{padding:0 20px 18px 52px}
.hosts{display:flex;flex-wrap:wrap;gap:6px;margin-top:12px;list-style:none}
.hosts a{display:block;padding:3px 10px;border-radius:8px;background:var(--card);border:1px solid var(--line);\
font-size:13px}
.summary{padding:6px 0}.summary p{padding:7px 20px;white-space:pre-wrap;border-top:1px solid var(--line)}\
.summary p:first-child{border-top:0}
footer{margin-top:32px;padding:0 4px;font-size:12.5px;color:var(--soft)}
.finding:target,.row:target>summary{outline:2px solid var(--accent);outline-offset:-2px}"""

_CHOICES = """\
#en:checked~main .z,#zh:checked~main .e{display:none}
#en:checked~main label[for=en],#zh:checked~main label[for=zh]{background:var(--card);color:var(--text);\
font-weight:600;box-shadow:0 1px 3px #0002}
#all:checked~main label[for=all],#f-error:checked~main label[for=f-error],#f-warning:checked~main \
label[for=f-warning],#f-unknown:checked~main label[for=f-unknown],#f-ok:checked~main label[for=f-ok]{\
border-color:var(--accent);box-shadow:0 0 0 1px var(--accent)}
#f-error:checked~main .row:not(.error),#f-warning:checked~main .row:not(.warning),#f-unknown:checked~main \
.row:not(.unknown),#f-ok:checked~main .row:not(.ok),#f-error:checked~main .rest,#f-warning:checked~main .rest,\
#f-unknown:checked~main .rest{display:none}
#en:focus-visible~main label[for=en],#zh:focus-visible~main label[for=zh],#all:focus-visible~main label[for=all],\
#f-error:focus-visible~main label[for=f-error],#f-warning:focus-visible~main label[for=f-warning],\
#f-unknown:focus-visible~main label[for=f-unknown],#f-ok:focus-visible~main label[for=f-ok],summary:focus-visible{\
outline:2px solid var(--accent);outline-offset:2px}
summary:focus-visible{outline-offset:-2px}"""

_NARROW = """\
@media (max-width:860px){:root{--cell:min(9vw,64px)}
.head>span:not(:first-child){align-self:end;justify-self:center;padding:8px 0;line-height:1.15}
.head>span:not(:first-child)>.e,.head .same{writing-mode:vertical-rl;text-align:end;line-height:1;max-height:100px}
.head>span.turnless{display:none}.head>span:first-child{align-self:end}
}
@media (max-width:600px){main{padding:16px 12px 36px}body{font-size:14.5px}
header{align-items:flex-start}.verdict{padding:18px 16px 18px 20px}.verdict h1{font-size:20px;gap:10px}
.verdict h1 .s{width:28px;height:28px}.verdict p{margin-left:0}
.tiles{grid-template-columns:repeat(auto-fit,minmax(92px,1fr));gap:8px}.tiles label{padding:9px 11px}
.tiles b{font-size:21px}
:root{--cell:8vw;--ring:1px}
.head,.row>summary,div.row{grid-template-columns:minmax(0,1fr) repeat(var(--stages),var(--cell)) 20px}
.name{padding:8px 2px 8px 12px}.name b{font-size:13.5px}.name>span{font-size:11.5px}
.head>span:first-child{padding-left:12px}
.c .s{width:18px;height:18px}.c .s-none{width:13px;height:13px}
.c::before,.c.cut::before{height:3px;margin-top:-1.5px}.c.cut::before{background:#e5383b}
.c.open::before{background:#9aa4b5}
.turn{width:7px;height:7px}.body{padding:2px 10px 12px}.finding{padding:11px 12px;gap:0 9px}
.kind>summary{grid-template-columns:20px minmax(0,1fr) auto 14px;padding:11px 12px;gap:0 9px}
.kind>summary .id{display:none}.kind .body{padding:0 12px 14px}
.rest>summary{padding:12px}}
@media print{body{background:#fff}.languages,.tiles,.turn{display:none}.card{box-shadow:none}.head{position:static}}
@media (prefers-reduced-motion:reduce){*{transition:none!important}}"""
