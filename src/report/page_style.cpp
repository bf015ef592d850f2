#include "report/page.h"

namespace pellucid {

const std::string_view kLightColours = R"css(
--paper: #f7f7f5; --card: #fff; --ink: #1c2026; --quiet: #5f6772; --line: #e3e4e1; --fill: #eceded; --accent: #2b5d8a; --for: 200 68 43; --against: 36 104 180; --for-ink: #a93a24; --against-ink: #1f5c9f;
--weight: 111 90 158; --good: 32 122 87; --shade: .5;
)css";

// --s is a strength, 0 … 1, set by each element that has one.
const std::string_view kPageStyle = R"css(
@media (prefers-color-scheme: dark) { :root { --paper: #121418; --card: #1a1d22; --ink: #e4e6e9; --quiet: #9aa2ad;
  --line: #2c3037; --fill: #262a31; --accent: #8bb8e0; --for: 232 92 66; --against: 74 144 226; --for-ink: #f08b73;
  --against-ink: #7db4ee; --weight: 168 148 220; --good: 70 170 125; --shade: .55; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; overflow-wrap: anywhere; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto,
  "Helvetica Neue", Arial, sans-serif; }
main { max-width: 74rem; margin: 0 auto; padding: clamp(1rem, 4vw, 3rem); }
h1 { font-size: clamp(1.4rem, 4vw, 1.9rem); line-height: 1.2; letter-spacing: -.015em; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; letter-spacing: -.01em; margin: 0; overflow-wrap: anywhere; }
h3 { font-size: 1rem; font-weight: 600; margin: 0 0 .75rem; overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: .2em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
p { margin: 0; }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; user-select: none; }

.facts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 0 0 2rem; font-size: .875rem; }
dt { color: var(--quiet); font-size: .8125rem; }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }

.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: clamp(1rem, 3vw, 1.75rem);
  margin: 0 0 1.5rem; scroll-margin-top: 1rem; }
.probability { color: var(--quiet); font-weight: 400; font-variant-numeric: tabular-nums; margin-left: .35rem; }
.origin { color: var(--quiet); font-size: .875rem; overflow-wrap: anywhere; }
.gold { margin-left: .5rem; }
.gold.right { color: rgb(var(--good)); }
.gold.wrong { color: var(--for-ink); font-weight: 600; }
.why { margin-top: 1.5rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
.method { font: 500 .8125rem/1 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; color: var(--quiet);
  background: var(--fill); border-radius: 99px; padding: .25em .7em; margin-left: .35rem; white-space: nowrap; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 25rem); gap: 1.5rem 3rem; align-items: start; }

.text { font-size: 1.0625rem; line-height: 1.95; white-space: pre-wrap; overflow-wrap: anywhere; position: relative; }
.text.long { max-height: 34rem; overflow: auto; padding-right: .5rem; }
mark { color: inherit; border-radius: 3px; padding: .12em .1em; margin: 0 -.1em; -webkit-box-decoration-break: clone;
  box-decoration-break: clone; text-decoration-line: underline; text-decoration-thickness: 2px; text-underline-offset: .26em;
  text-decoration-skip-ink: none; }
mark.for { background: rgb(var(--for) / calc(.04 + var(--shade) * var(--s))); text-decoration-style: solid;
  text-decoration-color: rgb(var(--for) / calc(.15 + .85 * var(--s))); }
mark.against { background: rgb(var(--against) / calc(.04 + var(--shade) * var(--s))); text-decoration-style: dashed;
  text-decoration-color: rgb(var(--against) / calc(.25 + .75 * var(--s))); }
mark.weight { background: rgb(var(--weight) / calc(.04 + var(--shade) * var(--s))); text-decoration-style: solid;
  text-decoration-color: rgb(var(--weight) / calc(.15 + .85 * var(--s))); }
.unread { color: var(--quiet); }
.legend, .note, .warning { font-size: .8125rem; color: var(--quiet); }
.legend { margin-top: .9rem; display: flex; flex-wrap: wrap; gap: .25rem .9rem; }
.legend mark { min-width: 0; padding: 0 .35em; margin: 0; color: var(--ink); }
.warning { margin-top: .6rem; color: var(--for-ink); }
.sum { margin-top: 1.25rem; }
.sum dl { display: flex; flex-wrap: wrap; gap: .4rem .75rem; margin: 0 0 .4rem; }
.sum dl > div { position: relative; }
.sum dl > div + div { padding-left: 1.4rem; }
.sum .sign { position: absolute; left: 0; bottom: 0; color: var(--quiet); }
.sum dt { line-height: 1.3; }
.sum dl > div:last-child dd { font-weight: 600; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); font-size: .8125rem; padding-bottom: .35rem; }
th { text-align: left; font-weight: 400; }
thead th { color: var(--quiet); font-size: .8125rem; border-bottom: 1px solid var(--line); vertical-align: bottom; }
th, td { padding: .2rem .75rem .2rem 0; }
th:last-child, td:last-child { padding-right: 0; }
.n { text-align: right; white-space: nowrap; }
.quiet, .rank { color: var(--quiet); font-size: .8125rem; }
tbody th { overflow-wrap: break-word; }
.units tbody th, .overview tbody th { overflow-wrap: anywhere; }
.units tbody th { min-width: 7rem; }
.overview tbody th { min-width: 12rem; }
td.bar { width: 26%; min-width: 4rem; }
td.bar i { display: block; height: .55rem; border-radius: 2px; }
.units td.bar i { width: calc(50% * var(--s)); min-width: 1px; }
.units td.bar i.for { margin-left: 50%; background: rgb(var(--for)); }
.units td.bar i.weight { background: rgb(var(--weight)); width: calc(100% * var(--s)); }
.units td.bar i.against { margin-left: calc(50% - 50% * var(--s)); background: repeating-linear-gradient(90deg,
  rgb(var(--against)) 0 4px, rgb(var(--against) / .45) 4px 6px); }
.classes { list-style: none; margin: 1rem 0 0; padding: 0; display: grid; gap: .6rem 1.75rem; font-size: .875rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 10.5rem), 1fr)); }
.classes li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .15rem .75rem; color: var(--quiet);
  overflow-wrap: anywhere; font-variant-numeric: tabular-nums; align-items: end; }
.classes li.predicted { color: var(--ink); font-weight: 600; }
.classes i { grid-column: 1 / 3; height: .375rem; border-radius: 99px;
  background: linear-gradient(currentcolor, currentcolor) 0 / calc(100% * var(--s)) 100% no-repeat var(--fill); }
.overview { margin: 0 0 2rem; }
.overview td, .overview th { border-bottom: 1px solid var(--line); padding-top: .4rem; padding-bottom: .4rem; vertical-align: top; }
.overview .gold { margin: 0; }
.column details { max-width: 44rem; }
details { margin-top: .75rem; font-size: .875rem; }
summary { cursor: pointer; color: var(--accent); padding: .25rem 0; }

.pair { display: grid; gap: 0 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); }
.pictures { row-gap: 1.5rem; }
.part { margin: 2.5rem 0 1rem; }
.hash { font: .75rem/1.7 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem; margin: 0 0 1.5rem; }
.tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.25rem; }
.tiles dd { font-size: 1.75rem; line-height: 1.25; letter-spacing: -.02em; }
.tiles dd.note { font-size: .8125rem; line-height: 1.4; letter-spacing: 0; }
.card > h2 + * { margin-top: 1rem; }
.card > .scroll + .note, .card > .lines + .note, .card > p + .scroll, .card > .note + .note { margin-top: .6rem; }
.results td, .results th { border-bottom: 1px solid var(--line); padding-top: .4rem; padding-bottom: .4rem; white-space: nowrap; }
.results tfoot th, .results tfoot td { color: var(--quiet); border-bottom: 0; }
.results .wrapping { white-space: normal; overflow-wrap: anywhere; }
.results small, .results abbr { display: block; text-decoration: none; color: var(--quiet); font-size: .75rem; }
.results .best { font-weight: 600; }
.results .best small { font-weight: 400; }
.confusion { width: auto; }
.confusion tbody th { white-space: nowrap; }
.confusion td { min-width: 3.5rem; padding: .5rem .6rem; text-align: center; border: 2px solid var(--card);
  background: rgb(var(--for) / calc(.65 * var(--s))); }
.confusion td.right { background: rgb(var(--good) / calc(.55 * var(--s))); font-weight: 600; }
.confusion td.none { color: var(--quiet); font-weight: 400; }
.confusion thead th { text-align: center; border: 0; padding: .25rem .6rem; }
.confusion.many thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; padding: .6rem .25rem; }
.confusion.many td { min-width: 2.25rem; padding: .35rem; }
.range { position: relative; display: block; width: 9rem; height: 1.1rem; }
.range i { position: absolute; background: var(--quiet); }
.range .line { left: calc(100% * var(--a)); width: calc(100% * var(--b) - 100% * var(--a)); top: calc(50% - 1px); height: 2px; }
.range .dot { left: calc(100% * var(--v) - 4px); top: calc(50% - 4px); width: 8px; height: 8px; border-radius: 50%; background: var(--ink); }
.range .zero { left: calc(100% * var(--z)); top: -.4rem; bottom: -.4rem; width: 1px; opacity: .5; }
.quality { margin-top: 1rem; font-size: .875rem; }
.quality small { display: block; color: var(--quiet); font-size: .8125rem; }
.verdict.ok { color: rgb(var(--good)); }
.verdict.weak, .verdict.suspect { color: var(--for-ink); }
figure { margin: 0; }
figcaption { font-size: .875rem; font-weight: 600; margin-bottom: .35rem; }
svg.curves { display: block; width: 100%; height: auto; overflow: visible; font-size: 11px; }
svg.curves text { fill: var(--quiet); font-variant-numeric: tabular-nums; }
.grid { stroke: var(--line); stroke-width: 1; }
.curve { fill: none; stroke: var(--hue); stroke-width: 2; stroke-linejoin: round; }
.band { fill: var(--hue); opacity: .13; }
.line-1 { --hue: light-dark(#1f5c9f, #7db4ee); }
.line-2 { --hue: light-dark(#b8451f, #f0916a); stroke-dasharray: 7 3; }
.line-3 { --hue: light-dark(#1c7a4c, #63c893); stroke-dasharray: 2 3; }
.line-4 { --hue: light-dark(#7645a8, #bf9aea); stroke-dasharray: 9 3 2 3; }
.control { --hue: var(--quiet); stroke-dasharray: 4 4; }
.marker { fill: var(--hue); stroke: var(--card); stroke-width: 1; stroke-dasharray: none; }
.marker.hollow { fill: var(--card); stroke: var(--hue); stroke-width: 1.5; }
.level { fill: none; stroke: var(--hue); stroke-width: 1.5; stroke-dasharray: 4 4; }
.lines { list-style: none; margin: .75rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; font-size: .875rem; }
.lines li { display: flex; align-items: center; gap: .5rem; }
.lines svg { width: 1.75rem; flex: none; }
.lead { margin: 0 0 1rem; max-width: 52rem; }
.carried td.bar i { width: calc(100% * var(--s)); min-width: 1px; background: rgb(var(--for) / .75); }
.carried td, .carried th { vertical-align: top; padding-top: .3rem; }
.carried tbody th { overflow-wrap: anywhere; min-width: 7.5rem; }
.carried td.bar { width: 14%; min-width: 3rem; padding-top: .65rem; }
.carried small { display: block; color: var(--quiet); font-size: .75rem; }
.words.for { fill: rgb(var(--for) / .75); }
.words.against { fill: rgb(var(--against) / .75); }
.most, .half, .median { stroke: var(--ink); fill: var(--ink); }
.half { stroke-width: 5; opacity: .55; }
.results th.group { text-align: center; border-bottom: 1px solid var(--line); }
.examples { list-style: none; margin: .75rem 0 1.5rem; padding: 0; display: grid; gap: 1rem; }
.marked { margin-top: .15rem; line-height: 1.75; overflow-wrap: anywhere; max-width: 60rem; }
.card > * + h3 { margin-top: 1.5rem; }
.pair + .note { margin: .75rem 0 1rem; }
.meanings { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1.25rem; margin: .25rem 0 .5rem; }
.meanings dd { color: var(--quiet); }

@media (max-width: 52rem) { .columns { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 30rem) { svg.curves { font-size: 15px; } .carried th:nth-child(2), .carried td.bar { display: none; } .units th:last-child, .units td:last-child { display: none; } th, td { padding-right: .5rem; } }
@media print { body { background: none; } .card { break-inside: avoid; } .text.long { max-height: none; }
  main { padding: 0; max-width: none; } .scroll { overflow: visible; } details::details-content { content-visibility: visible; block-size: auto; }
  mark, td, i { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
@media (forced-colors: active) { td.bar i, .range i { forced-color-adjust: none; } }
)css";

}  // namespace pellucid
