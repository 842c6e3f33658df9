// How the page looks: one sheet for narrow and wide, light and dark, screen and paper. System fonts, nothing fetched.

export const style = `
:root {
  color-scheme: light dark;
  --ground: #f6f6f3; --sheet: #fff; --ink: #1d1f21; --soft: #5c6166; --line: #dddcd6;
  --alarm: #a3260f; --alarm-ground: #fbe9e4; --yes: #17603a; --yes-ink: #fff; --no: #a3260f; --focus: #1a56c4;
  --new: #7a4d00; --new-ground: #fbf1da; --code: #f1f1ec;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #16181a; --sheet: #1f2225; --ink: #e8e6e1; --soft: #a2a6aa; --line: #363a3e;
    --alarm: #ff9d86; --alarm-ground: #3b201a; --yes: #2f9461; --yes-ink: #07150d; --no: #ff9d86; --focus: #8ab4ff;
    --new: #f0c568; --new-ground: #362c14; --code: #17191b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-bottom: 9rem; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.4 system-ui, sans-serif; }
a { color: inherit; text-underline-offset: 3px; text-decoration-color: var(--soft); text-decoration-thickness: 1px; }
h1, h2, p, dl, ul, ol, pre, form, fieldset { margin: 0; padding: 0; }
fieldset { border: 0; min-width: 0; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
header.top { display: flex; gap: 1rem; align-items: center; max-width: 70rem; margin: 0 auto; padding: .45rem 1rem; color: var(--soft); font-size: .87rem; }
header.top a { text-decoration: none; }
header.top .name { color: var(--ink); font-weight: 600; }
header.top .who { margin-left: auto; }
header.top form { display: inline; }
main { max-width: 70rem; margin: 0 auto; padding: 0 1rem 2rem; }
.two { display: grid; gap: 1rem; }
@media (min-width: 60rem) { .two { grid-template-columns: minmax(0, 44rem) minmax(14rem, 1fr); align-items: start; } }
.sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; }
.sheet + .sheet, section + .sheet { margin-top: .8rem; }
h1 { font-size: 1.15rem; line-height: 1.3; font-weight: 650; overflow-wrap: anywhere; unicode-bidi: isolate; }
h2, label { overflow-wrap: anywhere; }
h2 { font-size: .8rem; font-weight: 600; color: var(--soft); margin: 0 0 .4rem; }
.state { color: var(--soft); font-size: .87rem; margin: .15rem 0 .55rem; }
.state b { color: var(--ink); font-weight: 600; }
dl.card { display: grid; grid-template-columns: 6.2rem minmax(0, 1fr); font-size: .93rem; }
dl.card dt { color: var(--soft); padding: .18rem 0; }
dl.card dd { margin: 0; padding: .18rem 0; overflow-wrap: anywhere; unicode-bidi: isolate; }
dl.card dd p + p { margin-top: .1rem; }
dl.card .alarm { background: var(--alarm-ground); color: var(--alarm); font-weight: 600; }
dl.card .new { background: var(--new-ground); color: var(--new); }
dl.card dt.alarm, dl.card dt.new { padding-left: .4rem; margin-left: -.4rem; border-radius: 4px 0 0 4px; }
dl.card dd.alarm, dl.card dd.new { border-radius: 0 4px 4px 0; padding-right: .4rem; }
.fingerprint { font: 600 1rem/1.3 ui-monospace, monospace; letter-spacing: .06em; }
details { font-size: .93rem; }
details.other { margin-bottom: .4rem; }
summary { cursor: pointer; color: var(--soft); }
pre.command span { display: inline-block; max-width: 100%; }
pre.command {
  background: var(--code); border-radius: 6px; padding: .5rem .6rem; margin-top: .5rem;
  font: .82rem/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 11rem; overflow-y: auto;
}
.problem { border-left: 4px solid var(--alarm); background: var(--alarm-ground); padding: .5rem .8rem; border-radius: 0 6px 6px 0; margin-bottom: .8rem; }
.said { border-left: 4px solid var(--yes); background: var(--sheet); padding: .5rem .8rem; border-radius: 0 6px 6px 0; margin-bottom: .8rem; }
form + .hint { margin-top: .6rem; }
.hint { color: var(--soft); font-size: .87rem; }
label { display: block; font-size: .87rem; color: var(--soft); }
input {
  display: block; width: 100%; font: inherit; font-size: 16px; color: var(--ink); background: var(--ground);
  border: 1px solid var(--line); border-radius: 6px; padding: .42rem .6rem;
}
input.code { font: 600 1.1rem/1.3 ui-monospace, monospace; letter-spacing: .25em; max-width: 11rem; }
button, .button {
  font: inherit; font-weight: 600; min-height: 2.75rem; padding: .3rem 1.1rem; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--line); background: var(--sheet); color: var(--ink); text-decoration: none;
}
button.yes { background: var(--yes); border-color: var(--yes); color: var(--yes-ink); }
button.no { color: var(--no); }
button.plain { border: 0; background: none; min-height: 0; padding: 0; font-weight: 400; color: var(--soft); text-decoration: underline; }
.answer { position: sticky; bottom: 0; z-index: 1; background: var(--sheet); border: 1px solid var(--line); border-radius: 8px 8px 0 0; padding: .6rem 1rem .7rem; margin-top: .8rem; }
.answer .buttons { display: flex; gap: .6rem; margin-top: .55rem; align-items: center; }
.answer .buttons .yes { flex: 1; }
.less > summary { list-style: none; font-weight: 600; min-height: 2.75rem; padding: .65rem 1rem 0; border-radius: 8px; border: 1px solid var(--line); color: var(--ink); }
.less > summary::-webkit-details-marker { display: none; }
.less > .panel { position: absolute; left: -1px; right: -1px; bottom: 100%; background: var(--sheet); border: 1px solid var(--line); border-radius: 8px 8px 0 0; padding: .7rem 1rem; }
.less .fields { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem; margin-bottom: .6rem; align-items: end; }
.less .fields .wide { grid-column: 1 / -1; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
td { padding: .32rem .5rem .32rem 0; border-top: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; unicode-bidi: isolate; }
tr:first-child td { border-top: 0; }
td.tight { white-space: nowrap; color: var(--soft); }
ul.past, ul.plain { list-style: none; font-size: .87rem; }
ul.past li, ul.plain li { padding: .35rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; unicode-bidi: isolate; }
ul.past li:first-child, ul.plain li:first-child { border-top: 0; padding-top: 0; }
ul.past .when { color: var(--soft); }
.waiting { display: block; text-decoration: none; }
.waiting .state { margin-bottom: 0; }
main > section > h1 { margin: .6rem 0 .7rem; }
.waiting:hover { border-color: var(--soft); }
.row { display: flex; gap: .6rem; align-items: end; flex-wrap: wrap; }
.row { margin-bottom: .4rem; } .row > label { flex: 1 1 8.5rem; }
.narrow { max-width: 34rem; }
.stop { margin-top: .8rem; display: flex; gap: 1rem; align-items: center; font-size: .93rem; }
.button { display: inline-block; padding-top: .65rem; }
.button.no { color: var(--no); }
[hidden] { display: none !important; }
@media (max-width: 30rem) {
  body { font-size: 14px; line-height: 1.35; }
  main { padding: 0 .6rem 0; } .sheet { padding: .6rem .75rem; } h1 { font-size: 1.02rem; }
  header.top { padding: .3rem .75rem; }
  .answer { margin-left: -.6rem; margin-right: -.6rem; border-left: 0; border-right: 0; border-bottom: 0; border-radius: 0; }
  dl.card { grid-template-columns: 5.9rem minmax(0, 1fr); }
  dl.card dt, dl.card dd { padding: .12rem 0; }
  pre.command { max-height: 7.5rem; margin-top: .35rem; padding: .4rem .5rem; }
}
@media print {
  :root { --ground: #fff; --sheet: #fff; --ink: #000; --soft: #444; --line: #bbb; --code: #fff; --alarm-ground: #fff; --new-ground: #fff; --alarm: #000; --new: #000; }
  .answer, header.top form, .no-print { display: none; }
  .sheet { border: 0; padding: 0; break-inside: avoid; } main { max-width: none; }
  pre.command { max-height: none; border: 1px solid var(--line); } .two { display: block; } details > * { display: block; }
}
`;
