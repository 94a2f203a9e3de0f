// Small behaviours on top of pages that work without them.
"use strict";
(() => {
  const on = (type, selector, handle) =>
    document.addEventListener(type, (event) => {
      const found = event.target.closest?.(selector);
      if (found) handle(event, found);
    });

  // menu on small screens
  on("click", "[data-menu]", (_event, button) => {
    const open = document.body.classList.toggle("nav-open");
    button.setAttribute("aria-expanded", String(open));
  });

  // drop-downs close on Escape and on a click elsewhere, and give the focus back
  const drops = () => document.querySelectorAll("details.pl-drop[open]");
  document.addEventListener("click", (event) => drops().forEach((drop) => { if (!drop.contains(event.target)) drop.open = false; }));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      drops().forEach((drop) => { drop.open = false; drop.querySelector("summary").focus(); });
      if (document.body.classList.contains("nav-open")) document.querySelector("[data-menu]")?.click();
    }
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const field = document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`);
      if (field) { event.preventDefault(); field.focus(); }
    }
  });

  // filters: a changed select shows its result at once
  on("change", "form[data-filters] select", (_event, select) => select.form.requestSubmit());
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-filters]")) return;
    for (const field of form.elements) if (field.name && field.value === "") field.disabled = true;
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-filters] [name]:disabled").forEach((field) => { field.disabled = false; }));
  // on a narrow screen the filters stay folded until they are wanted; without this script they are all there
  if (matchMedia("(max-width: 40rem)").matches) {
    for (const button of document.querySelectorAll("[data-filters-fold]")) {
      const form = button.form;
      button.hidden = false;
      const fold = (folded) => { form.classList.toggle("folded", folded); button.setAttribute("aria-expanded", String(!folded)); };
      fold(!("filtered" in form.dataset));
      button.addEventListener("click", () => fold(!form.classList.contains("folded")));
    }
  }
  on("click", "[data-columns-go]", (_event, button) => {
    const keys = [...button.closest("[data-columns]").querySelectorAll("input:checked")].map((box) => box.value);
    const url = new URL(location.href);
    url.searchParams.set("cols", keys.join(","));
    location.assign(url);
  });

  // a form is sent once; the browser's back button makes it usable again
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    for (const button of event.target.querySelectorAll("button[data-once]")) setTimeout(() => { button.disabled = true; });
  });
  addEventListener("pageshow", () => document.querySelectorAll("button[data-once]:disabled").forEach((button) => { button.disabled = false; }));

  // say what will happen before it happens
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const text = form.dataset?.ask;
    if (!text || form.dataset.answered) return;
    event.preventDefault();
    const sender = event.submitter;
    const dialog = document.createElement("dialog");
    dialog.className = "pl-dialog";
    const words = document.createElement("p");
    words.textContent = text;
    const row = document.createElement("div");
    row.className = "fld-do";
    const yes = document.createElement("button");
    yes.className = "btn btn-primary";
    yes.textContent = sender?.textContent.trim() || "OK";
    const no = document.createElement("button");
    no.className = "btn btn-line";
    no.textContent = document.documentElement.lang.startsWith("zh") ? "取消" : "Cancel";
    row.append(yes, no);
    dialog.append(words, row);
    document.body.append(dialog);
    yes.addEventListener("click", () => { form.dataset.answered = "1"; dialog.close(); form.requestSubmit(sender); });
    no.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { dialog.remove(); sender?.focus(); });
    dialog.showModal();
  }, true);

  // on a phone a list's rows become cards, each value under its name; the roles keep it a table for who hears it
  const narrow = matchMedia("(max-width: 48rem)");
  const cards = () => {
    if (!narrow.matches) return;
    for (const table of document.querySelectorAll("table.pl:is(.list, [data-cards]):not(.cards, .rd)")) {
      const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
      table.setAttribute("role", "table");
      for (const part of [table.tHead, ...table.tBodies]) part.setAttribute("role", "rowgroup");
      for (const row of table.rows) {
        row.setAttribute("role", "row");
        for (const cell of row.cells) {
          cell.setAttribute("role", cell.tagName === "TD" ? "cell" : cell.scope === "row" ? "rowheader" : "columnheader");
          if (cell.cellIndex && cell.tagName === "TD" && cell.textContent.trim()) cell.dataset.name = names[cell.cellIndex];
        }
      }
      table.classList.add("cards");
    }
  };
  cards();
  narrow.addEventListener("change", cards);
  document.addEventListener("htmx:afterSettle", cards);

  // a table that is wider than its frame can be scrolled without a mouse
  const reachable = () => {
    for (const box of document.querySelectorAll(".pl-scroll:not([tabindex])")) {
      if (box.scrollWidth <= box.clientWidth) continue;
      box.tabIndex = 0;
      const label = box.closest("[aria-labelledby]")?.getAttribute("aria-labelledby");
      if (!label) continue;
      box.setAttribute("role", "group");
      box.setAttribute("aria-labelledby", label);
    }
  };
  reachable();
  addEventListener("resize", reachable);
  document.addEventListener("toggle", reachable, true);
  document.fonts.ready.then(reachable);
  document.addEventListener("htmx:afterSettle", reachable);

  // errors are read first
  document.querySelector("[data-focus]")?.focus();

  // theme at once, the choice is stored by the form
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-theme-form]") || !window.fetch) return;
    event.preventDefault();
    const button = form.querySelector("button");
    const wanted = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    document.documentElement.dataset.bsTheme = wanted;
    document.documentElement.removeAttribute("data-theme-auto");
    document.dispatchEvent(new CustomEvent("pl:theme", { detail: wanted }));
    const data = new FormData(form);
    data.set("theme", wanted);
    fetch(form.action, { method: "POST", body: data, headers: { "HX-Request": "true" } });
    button.value = wanted === "dark" ? "light" : "dark";
  });

  // text areas that swap sides, rows that repeat: add and remove a row of a repeated group
  on("click", "[data-add-row]", (_event, button) => {
    const group = document.getElementById(button.dataset.addRow);
    const template = group.querySelector("template");
    const index = Number(group.dataset.next || group.querySelectorAll("[data-row]").length);
    group.dataset.next = String(index + 1);
    const holder = document.createElement("div");
    holder.innerHTML = template.innerHTML.replaceAll("__index__", String(index));
    const row = holder.firstElementChild;
    template.before(row);
    row.querySelector("input,select,textarea")?.focus();
  });
  on("click", "[data-remove-row]", (_event, button) => {
    const row = button.closest("[data-row]");
    const next = row.nextElementSibling?.querySelector("button") || row.parentElement.querySelector("[data-add-row]");
    row.remove();
    next?.focus();
  });

  // parts of a form that belong to one choice
  const depend = (select) => {
    if (select.type === "radio" && !select.checked) return; // the chosen one of its group decides
    for (const part of document.querySelectorAll(`[data-when^="${select.name}="]`)) {
      const wanted = part.dataset.when.split("=")[1].split("|");
      part.hidden = !wanted.includes(select.type === "checkbox" ? String(select.checked) : select.value);
    }
  };
  const dependAll = (root) => root.querySelectorAll("[data-decides]").forEach(depend);
  on("change", "[data-decides]", (_event, select) => depend(select));
  dependAll(document);
  document.addEventListener("htmx:afterSettle", (event) => dependAll(event.target));
})();
