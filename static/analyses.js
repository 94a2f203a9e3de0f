// Rows of figures: grow by a row or a column, lose a row, take cells pasted from a spreadsheet.
"use strict";
(() => {
  const MOST_ROWS = 300, MOST_COLUMNS = 30;
  for (const sheet of document.querySelectorAll("[data-sheet]")) {
    const table = sheet.querySelector("table"), body = table.tBodies[0], head = table.tHead.rows[0];
    const width = () => head.cells.length - 2;
    const say = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
    const nameOf = (place) => head.cells[place + 1].querySelector("input")?.value || head.cells[place + 1].textContent.trim();
    const number = () => {
      [...body.rows].forEach((row, at) => {
        row.cells[0].textContent = at + 1;
        for (let place = 0; place < width(); place += 1) row.cells[place + 1].firstElementChild.setAttribute("aria-label", say(sheet.dataset.wordCell, { column: nameOf(place), row: at + 1 }));
        row.querySelector("[data-drop]").setAttribute("aria-label", say(sheet.dataset.wordDrop, { row: at + 1 }));
      });
    };
    const addRow = () => {
      if (body.rows.length >= MOST_ROWS) return null;
      const row = body.rows[body.rows.length - 1].cloneNode(true);
      for (const box of row.querySelectorAll("input")) box.value = "";
      body.append(row);
      return row;
    };
    const addColumn = () => {
      if (width() >= MOST_COLUMNS) return null;
      const place = width();
      const top = head.cells[place].cloneNode(true), box = top.querySelector("input");
      box.value = "";
      box.setAttribute("aria-label", say(sheet.dataset.wordColumn, { num: place + 1 }));
      head.cells[place].after(top);
      for (const row of body.rows) {
        const cell = row.cells[place].cloneNode(true), input = cell.firstElementChild;
        input.name = `c${place}`;
        input.value = "";
        row.cells[place].after(cell);
      }
      return box;
    };
    for (const button of sheet.querySelectorAll("[hidden]")) button.hidden = false;
    sheet.addEventListener("click", (event) => {
      const grow = event.target.closest("[data-grow]"), drop = event.target.closest("[data-drop]");
      if (grow) {
        const made = grow.dataset.grow === "row" ? addRow() : addColumn();
        number();
        (made?.querySelector?.("input") || made)?.focus();
      } else if (drop && body.rows.length > 1) {
        const row = drop.closest("tr"), next = row.nextElementSibling || row.previousElementSibling;
        row.remove();
        number();
        next.querySelector("[data-drop]").focus();
      }
    });
    sheet.addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      const cell = event.target.closest("td, th");
      if (!cell || !/[\t\n]/.test(text.trim())) return; // one cell goes its usual way
      event.preventDefault();
      const lines = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "").split("\n").map((line) => line.split("\t"));
      const first = cell.cellIndex - 1, inHead = Boolean(cell.closest("thead"));
      const start = inHead ? -1 : cell.closest("tr").rowIndex - 1;
      const free = Boolean(head.cells[width()].querySelector("input"));
      const wide = Math.max(...lines.map((line) => line.length));
      while (free && width() < first + wide && addColumn());
      lines.forEach((line, at) => {
        const row = start + at;
        while (row >= body.rows.length && addRow());
        line.forEach((value, place) => {
          const target = row < 0 ? head.cells[first + place + 1]?.querySelector("input") : body.rows[row]?.cells[first + place + 1]?.querySelector("input");
          if (target) target.value = value.trim();
        });
      });
      number();
    });
  }
})();
