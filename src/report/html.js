"use strict";
(() => {
  const table = document.getElementById("findings");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, text: row.textContent.toLowerCase() }));
  const controls = document.getElementById("controls");
  const search = document.getElementById("search");
  const status = document.getElementById("status");
  const boxes = [...controls.querySelectorAll("input[type=checkbox]")];
  const severities = boxes.filter((box) => box.name === "severity");
  const option = (name) => boxes.find((box) => box.name === name)?.checked;

  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = new Set(severities.filter((box) => box.checked).map((box) => box.value));
    let shown = 0;
    for (const { row, text } of rows) {
      const keep = chosen.has(row.dataset.severity) &&
        (!option("fixed") || row.dataset.fixed === "1") &&
        (!option("kev") || row.dataset.kev === "1") &&
        (option("minor") !== false || row.dataset.minor !== "1") &&
        words.every((word) => text.includes(word));
      row.hidden = !keep;
      shown += keep;
    }
    status.textContent = `${shown} of ${rows.length} shown`;
  };

  const order = new Intl.Collator("en", { numeric: true });
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.sort ?? cell.textContent;
  };
  const sort = (head) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const column = head.cellIndex;
    const sign = down ? -1 : 1;
    rows.sort((a, b) => sign * order.compare(key(a.row, column), key(b.row, column)));
    body.append(...rows.map(({ row }) => row));
  };

  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head));
    head.append(button);
  }
  controls.addEventListener("input", show);
  controls.hidden = false;
  show();

  const opened = [];
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("tr:not([hidden]) details:not([open])")) {
      details.open = true;
      opened.push(details);
    }
  });
  addEventListener("afterprint", () => {
    while (opened.length) opened.pop().open = false;
  });
})();
