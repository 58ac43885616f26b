"use strict";
(() => {
  const order = new Intl.Collator(undefined, { numeric: true });

  const sort = (table, heading) => {
    const body = table.tBodies[0];
    const column = heading.cellIndex;
    const number = heading.dataset.type === "number";
    const descending = heading.ariaSort === "ascending" || (number && heading.ariaSort !== "descending");
    const value = (row) => row.cells[column].dataset.value;
    const compare = number
      ? (a, b) => Number(value(a)) - Number(value(b))
      : (a, b) => order.compare(value(a), value(b));
    // What has no value comes last, whichever way the others go.
    const rows = [...body.rows].sort(
      (a, b) => (value(a) === "") - (value(b) === "") || (descending ? compare(b, a) : compare(a, b)),
    );
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    body.append(...rows);
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    for (const heading of table.tHead.rows[0].cells) {
      if (!heading.dataset.type) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sort(table, heading));
      heading.append(button);
    }
  }

  const filter = document.getElementById("filter");
  const body = document.getElementById("marks-table").tBodies[0];
  const texts = new Map([...body.rows].map((row) => [row, row.textContent.toLocaleLowerCase()]));
  filter.parentElement.hidden = false;
  filter.addEventListener("input", () => {
    const wanted = filter.value.trim().toLocaleLowerCase();
    for (const [row, text] of texts) row.hidden = !text.includes(wanted);
  });
})();
