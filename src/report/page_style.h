// How report.html looks: in light and dark, on a phone and on paper.
#pragma once

#include <string_view>

namespace visionshard::report {

inline constexpr std::string_view page_style = R"css(
:root {
  color-scheme: light dark;
  --ground: #f6f5f2; --sheet: #fff; --ink: #1c2227; --soft: #59636c; --line: #e1dfd8; --accent: #17626c;
  --before: #8a96a1; --after: #1f7a86; --kept: #1f7a86; --relabelled: #7fb5a6; --converted: #c58a2a;
  --shrunk: #8661a8; --dropped: #b5434b; --bad: #a1323a; --bad-ground: #fbeceb; --warn: #7d4c00;
  --warn-ground: #fcf1da; --tag: #eceae4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #121518; --sheet: #1b1f23; --ink: #e4e7e9; --soft: #9ba6af; --line: #30363c; --accent: #74c8d2;
    --before: #74808c; --after: #4fb3bf; --kept: #4fb3bf; --relabelled: #86bfae; --converted: #d9a24a;
    --shrunk: #b08fd0; --dropped: #dd7279; --bad: #f09ca1; --bad-ground: #3a2123; --warn: #f0c674;
    --warn-ground: #342a17; --tag: #2b3137;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
header, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 0 0 1rem; font-size: 1.3rem; line-height: 1.3; }
h3 { margin: 1.75rem 0 .75rem; font-size: 1.05rem; }
p { margin: 0 0 .9rem; max-width: 46rem; }
.lead { margin: .5rem 0 1.25rem; color: var(--soft); font-size: 1.1rem; }
.none { color: var(--soft); margin: 0; }
code, .place { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .86em; overflow-wrap: anywhere; }
td code, th .place { display: block; min-width: 11rem; }
.places { margin: 0 0 .5rem; padding: 0; list-style: none; font-size: .94rem; }
.places li { display: grid; grid-template-columns: minmax(14rem, 2fr) 3fr; gap: 0 1.25rem; padding: .35rem 0;
  border-top: 1px solid var(--line); }
.places .place { color: var(--soft); padding-top: .1rem; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--sheet); z-index: 1; }
nav ul { display: flex; flex-wrap: wrap; gap: .4rem; margin: 0 0 1.5rem; padding: 0; list-style: none; }
nav a { display: block; padding: .3rem .8rem; border: 1px solid var(--line); border-radius: 2rem;
  background: var(--sheet); text-decoration: none; font-size: .92rem; }
nav a:hover { border-color: currentColor; }
section { margin: 0 0 1.5rem; padding: 1.5rem; background: var(--sheet); border: 1px solid var(--line);
  border-radius: 12px; scroll-margin-top: 1rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 1px; margin: 0 0 1.5rem;
  border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
.cards div { padding: .9rem 1.1rem; outline: 1px solid var(--line); }
.cards dt { color: var(--soft); font-size: .86rem; }
.cards dd { margin: 0; font-size: 1.45rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.cards .note { display: block; color: var(--soft); font-size: .86rem; }
.warning { padding: .7rem 1rem; border-left: 4px solid var(--warn); border-radius: 0 6px 6px 0;
  background: var(--warn-ground); }
.scroll { overflow-x: auto; margin: 0 0 1.25rem; }
.scroll:last-child { margin-bottom: 0; }
table { width: 100%; border-collapse: collapse; font-size: .94rem; font-variant-numeric: tabular-nums; }
caption { padding: 0 0 .4rem; text-align: left; font-weight: 600; }
th, td { padding: .4rem 1.1rem .4rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  font-weight: 400; }
td, tbody th { overflow-wrap: break-word; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-size: .86rem; }
.n { text-align: right; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 2rem;
  margin-bottom: 1.75rem; }
.histogram { font-size: .86rem; }
.histogram th, .histogram td { padding: .18rem .6rem .18rem 0; border: 0; vertical-align: middle; }
.histogram tbody th { white-space: nowrap; }
.bars { width: 100%; min-width: 3.5rem; }
td > .bars { padding-top: .25rem; }
.bar { display: block; height: 7px; margin: 1px 0; border-radius: 0 3px 3px 0; }
.swatch { display: inline-block; width: .8rem; height: .8rem; margin-right: .45rem; border-radius: 3px;
  vertical-align: -1px; }
.before { background: var(--before); } .after { background: var(--after); } .kept { background: var(--kept); }
.relabelled { background: var(--relabelled); } .converted { background: var(--converted); }
.shrunk { background: var(--shrunk); } .dropped, .rejects { background: var(--dropped); }
.legend span { margin-right: 1.25rem; color: var(--soft); font-size: .92rem; }
.stack { display: flex; gap: 2px; height: 1.1rem; margin: 0 0 1rem; border-radius: 6px; overflow: hidden; }
.stack .bar { height: auto; margin: 0; border-radius: 0; min-width: 3px; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 1rem; margin: 0;
  padding: 0; list-style: none; }
.gallery li { padding: .9rem; border: 1px solid var(--line); border-radius: 10px; break-inside: avoid; }
figure { margin: 0; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .9rem; }
.picture { display: grid; grid-template-rows: 160px auto; gap: .5rem; }
.picture img { align-self: center; justify-self: center; max-width: 100%; max-height: 160px; width: auto; height: auto;
  object-fit: contain; border-radius: 4px; }
.blank { display: grid; place-items: center; border: 1px dashed var(--line); border-radius: 6px; color: var(--soft);
  font-size: .86rem; }
.picture p, figcaption p { margin: 0; color: var(--soft); font-size: .86rem; line-height: 1.45; }
.picture b { display: block; color: var(--ink); font-weight: 600; }
figcaption { margin-top: .6rem; padding-top: .6rem; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
figcaption p + p { margin-top: .25rem; }
.tag { display: inline-block; padding: 0 .5rem; border-radius: 4px; background: var(--tag); color: var(--ink); }
.bad { background: var(--bad-ground); color: var(--bad); }
details { margin-top: .75rem; }
summary { padding: .3rem 0; color: var(--accent); cursor: pointer; }
footer { padding-bottom: 3rem; color: var(--soft); font-size: .92rem; }
@media (max-width: 40rem) {
  header, main, footer { padding-left: .75rem; padding-right: .75rem; }
  header { padding-top: 1.5rem; }
  section { padding: 1.1rem .9rem; border-radius: 10px; }
  th, td { padding-right: .7rem; }
  .places li { grid-template-columns: 1fr; }
  .cards { grid-template-columns: 1fr 1fr; }
  .cards div { padding: .7rem .8rem; }
  .cards dd { font-size: 1.15rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print {
  :root { --ground: #fff; --sheet: #fff; --ink: #000; --soft: #444; --line: #bbb; --accent: #000; --before: #999;
    --after: #1f7a86; --kept: #1f7a86; --relabelled: #7fb5a6; --converted: #c58a2a; --shrunk: #8661a8;
    --dropped: #b5434b; --bad: #a1323a; --bad-ground: #fff; --warn: #7d4c00; --warn-ground: #fff; --tag: #eee; }
  body { font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  header, main, footer { max-width: none; padding: 0; }
  nav, .skip { display: none; }
  section { padding: 0; border: 0; }
  h2, h3, caption { break-after: avoid; }
  tr, .chart, .places li { break-inside: avoid; }
  .charts { grid-template-columns: repeat(3, 1fr); gap: 1rem; }
  .histogram { font-size: 7.5pt; }
  .scroll { overflow: visible; }
}
)css";

}  // namespace visionshard::report
