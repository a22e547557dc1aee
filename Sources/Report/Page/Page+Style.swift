extension Page {
  /// Light and dark, wide and narrow; nothing is loaded from anywhere.
  static let style = """
    :root { color-scheme: light dark; --ink: #1b1b1b; --soft: #5c5c5c; --ground: #fff;
      --panel: #f6f6f4; --rule: #dcdcd8; --accent: #0072b2; --shade: rgb(0 0 0 / .28); }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e8e8e6; --soft: #a8a8a4; --ground: #161618; --panel: #202023;
        --rule: #3a3a3e; --accent: #6cb8e6; --shade: rgb(255 255 255 / .3); }
    }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 82rem; padding: 1.5rem 1.25rem 4rem; color: var(--ink);
      background: var(--ground); font: 16px/1.55 system-ui, "DejaVu Sans", sans-serif;
      overflow-wrap: anywhere; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
    h2 { font-size: 1.2rem; margin: 2.5rem 0 .6rem; padding-top: .6rem;
      border-top: 1px solid var(--rule); }
    h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
    p, ul { max-width: 46rem; margin: .4rem 0; }
    .question { font-size: 1.1rem; }
    .soft, figcaption { color: var(--soft); font-size: .875rem; }
    .figures { display: grid; gap: 1.25rem;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
    figure { margin: 0; padding: .75rem; background: var(--panel); border-radius: .5rem; }
    figure h3 { margin: 0 0 .3rem; } figcaption { margin-top: .5rem; }
    figure svg { display: block; width: 100%; height: auto; max-width: 32rem; }
    figure svg rect[fill="#ffffff" i] { fill: none; }
    figure svg text, figure svg tspan { font-family: system-ui, "DejaVu Sans", sans-serif; }
    figure svg [fill="rgb(0,0,0)"], figure svg [fill="black"],
    figure svg [fill="rgb(64,64,64)"] { fill: var(--ink); }
    figure svg [stroke="rgb(208, 208, 208)"] { stroke: var(--rule); }
    figure svg [stroke="rgb(  0,   0,   0)"] { stroke: var(--ink); }
    .scroll { overflow-x: auto; margin: .6rem 0; }
    .scroll.wide { border: 1px solid var(--rule); border-radius: .5rem; padding-left: .5rem;
      background:
        linear-gradient(to left, var(--ground) 1.5rem, transparent) right / 3rem 100% no-repeat local,
        linear-gradient(to left, var(--shade), transparent) right / 1.25rem 100% no-repeat scroll; }
    .scroll.wide th:first-child, .scroll.wide td:first-child { position: sticky; left: -.5rem;
      padding-left: .5rem; background: var(--ground); border-right: 1px solid var(--rule);
      padding-right: .5rem; max-width: 9rem; overflow-wrap: anywhere; }
    .scroll.wide th:first-child { overflow-wrap: normal; }
    .hint { color: var(--accent); font-size: .8125rem; margin: 0 0 .3rem; }
    .filter { font: inherit; font-size: .875rem; width: min(100%, 24rem); padding: .3rem .5rem;
      margin-top: .6rem; color: inherit; background: var(--panel); border: 1px solid var(--rule);
      border-radius: .375rem; }
    table { border-collapse: collapse; font-size: .875rem; overflow-wrap: normal; }
    th, td { text-align: left; padding: .35rem .75rem .35rem 0; white-space: nowrap;
      border-bottom: 1px solid var(--rule); vertical-align: bottom; }
    th { white-space: normal; max-width: 8rem; overflow-wrap: normal; }
    td:not(.number) { white-space: normal; min-width: 6rem; max-width: 20rem; }
    td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
    th button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0;
      padding: 0; cursor: pointer; text-align: inherit; }
    th button::after { content: " ↕"; color: var(--soft); }
    th[aria-sort="ascending"] button::after { content: " ↑"; color: var(--accent); }
    th[aria-sort="descending"] button::after { content: " ↓"; color: var(--accent); }
    pre { background: var(--panel); border-radius: .5rem; padding: .75rem; overflow-x: auto;
      font-size: .8125rem; line-height: 1.45; white-space: pre-wrap; }
    dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .2rem 1rem;
      max-width: 60rem; margin: .6rem 0; font-size: .9375rem; }
    dt { color: var(--soft); } dd { margin: 0; }
    summary { cursor: pointer; color: var(--accent); }
    @media (max-width: 36rem) { dl { grid-template-columns: 1fr; gap: 0; }
      dd { margin-bottom: .5rem; } body { padding: 1rem .875rem 3rem; } }
    @media (max-width: 36rem) { figure { padding: .5rem .25rem; margin: 0 -.5rem; } }
    @media print { details, .hint, .filter { display: none; } figure { break-inside: avoid; } }
    """

  /// Says of every table that is wider than its place how to see the rest.
  static let scrolling = """
    const hints = new Map();
    const overflows = (box) => box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1;
    const cue = () => {
      for (const box of document.querySelectorAll(".scroll")) {
        // A wide table has a narrower first column, with which it may fit.
        box.classList.remove("wide");
        box.classList.toggle("wide", overflows(box));
        const isCut = overflows(box);
        if (isCut && !hints.has(box)) {
          const words = document.createElement("p");
          words.className = "hint";
          words.textContent = "The table is wider than the page: scroll it sideways →";
          hints.set(box, words);
          box.before(words);
        } else if (!isCut && hints.has(box)) {
          hints.get(box).remove();
          hints.delete(box);
        }
      }
    };
    cue();
    addEventListener("resize", cue);
    document.addEventListener("toggle", cue, true);
    """

  /// A field above every long table that keeps the rows with all of its words.
  static let filtering = """
    for (const box of document.querySelectorAll(".scroll")) {
      const rows = [...box.querySelectorAll("tbody tr")];
      if (rows.length <= 12) continue;
      const field = document.createElement("input");
      field.type = "search";
      field.className = "filter";
      field.placeholder = "Show only rows with these words";
      field.setAttribute("aria-label", field.placeholder);
      field.addEventListener("input", () => {
        const words = field.value.toLowerCase().split(/\\s+/).filter(word => word !== "");
        for (const row of rows) {
          const text = row.textContent.toLowerCase();
          row.hidden = !words.every(word => text.includes(word));
        }
      });
      box.before(field);
    }
    cue();
    """

  /// Sorts a table by the column whose heading is clicked; a second click turns the order.
  static let sorting = """
    "use strict";
    for (const table of document.querySelectorAll("table.sortable")) {
      const body = table.tBodies[0];
      const heads = [...table.tHead.rows[0].cells];
      heads.forEach((head, index) => {
        const value = row => row.cells[index].dataset.value;
        const button = document.createElement("button");
        button.type = "button";
        button.append(...head.childNodes);
        head.append(button);
        button.addEventListener("click", () => {
          const isDescending = head.getAttribute("aria-sort") === "ascending";
          heads.forEach(other => other.removeAttribute("aria-sort"));
          head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
          const compare = (a, b) => {
            const [x, y] = [value(a), value(b)];
            if (x !== undefined && y !== undefined) return x - y;
            if (x !== undefined || y !== undefined) return x === undefined ? 1 : -1;
            return a.cells[index].textContent.localeCompare(b.cells[index].textContent);
          };
          const rows = [...body.rows].sort(compare);
          body.append(...(isDescending ? rows.reverse() : rows));
        });
      });
    }
    """
}
