// Audits: an answer is saved as soon as it is given; without a network it is kept here and sent by itself later.
"use strict";
(() => {
  const page = document.querySelector("[data-audit-progress]");
  const form = document.querySelector("form[data-answer]");
  const told = document.querySelector("[data-saved]");
  const me = document.querySelector("[data-me]")?.dataset.me;
  const prefix = `pl-audit:${me}:`;

  // --- what is kept on this device ------------------------------------------------------------------------
  const kept = () => {
    try { return Object.keys(localStorage).filter((key) => key.startsWith(prefix)); } catch { return []; }
  };
  const keep = (address, entry) => { try { localStorage.setItem(prefix + address, JSON.stringify(entry)); return true; } catch { return false; } };
  const forget = (address) => { try { localStorage.removeItem(prefix + address); } catch { /* nothing is kept then */ } };
  const recall = (address) => { try { return JSON.parse(localStorage.getItem(prefix + address)); } catch { return null; } };

  const say = (text, css) => {
    if (!told) return;
    told.textContent = text;
    told.className = `state off ${css}`;
  };
  const photos = () => Number(document.querySelector("[data-waiting-photos]")?.dataset.count || 0);
  const sayOffline = () => say(told.dataset.offline.replace("#", kept().length + photos()), "edge");

  const send = async (address, entry) => {
    const data = new URLSearchParams({ csrf_token: document.querySelector("[name=csrf_token]").value, ...entry });
    const answer = await fetch(address, { method: "POST", body: data, headers: { Accept: "application/json" } });
    const json = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    return { status: answer.status, json };
  };

  // --- the answer of this page ----------------------------------------------------------------------------
  let timer = 0, running = null, again = false, clashing = false;
  const version = form?.elements.row_version;
  const current = () => ({ result: form.elements.result.value || "", note: form.elements.note.value, row_version: version.value });
  let last = form ? JSON.stringify({ ...current(), row_version: "" }) : "";
  const dirty = () => JSON.stringify({ ...current(), row_version: "" }) !== last;

  const clash = (theirs) => {
    clashing = true;
    const box = document.querySelector("[data-clash-box]");
    box.querySelector("[data-clash-who]").textContent = form.dataset.who.replace("#", theirs.by).replace("@", theirs.at);
    box.querySelector("[data-clash-label]").textContent = theirs.label;
    box.querySelector("[data-clash-note]").textContent = theirs.note;
    box.hidden = false;
    box.theirs = theirs;
    say(told.dataset.clash, "bad");
    box.scrollIntoView({ block: "center" });
  };
  const settle = () => { clashing = false; document.querySelector("[data-clash-box]").hidden = true; };
  const complain = (text) => {
    const line = document.querySelector("[data-error]");
    line.textContent = text || "";
    line.hidden = !text;
  };

  const saveOnce = async () => {
    const entry = current();
    say(told.dataset.saving, "few");
    let found;
    try { found = await send(form.action, entry); } catch { found = null; }
    if (found === null || found.status >= 500) {
      keep(form.action, entry);
      sayOffline();
      return false;
    }
    if (found.status === 409) { forget(form.action); clash(found.json); return false; }
    if (found.status === 200 && !found.json.version) { keep(form.action, entry); say(told.dataset.failed, "bad"); return false; } // signed out meanwhile
    if (found.status !== 200) { say(told.dataset.failed, "bad"); complain(found.json.error); return false; }
    complain("");
    forget(form.action);
    version.value = found.json.version;
    last = JSON.stringify({ ...entry, row_version: "" });
    say(found.json.saved, "good");
    const later = document.querySelector("[data-raise-later]");
    if (later) later.hidden = !["major", "minor", "ofi", "partly", "not_met", "strength"].includes(found.json.result);
    return true;
  };
  const save = async () => {
    clearTimeout(timer);
    if (clashing) return false;
    if (running) { again = true; return running; }
    if (!dirty()) return true;
    running = saveOnce();
    const done = await running;
    running = null;
    if (again) { again = false; return save(); }
    return done;
  };

  if (form) {
    form.addEventListener("change", (event) => { if (event.target.name === "result") save(); });
    form.addEventListener("input", (event) => { if (event.target.name === "note") { clearTimeout(timer); timer = setTimeout(save, 900); } });
    form.elements.note.addEventListener("blur", save);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (await save()) location.assign(form.dataset.next);
    });
    document.querySelector("[data-take-theirs]").addEventListener("click", () => {
      const { theirs } = document.querySelector("[data-clash-box]");
      for (const radio of form.querySelectorAll("[name=result]")) radio.checked = radio.value === theirs.result;
      form.elements.note.value = theirs.note;
      version.value = theirs.version;
      last = JSON.stringify({ ...current(), row_version: "" });
      settle();
      say(told.dataset.saving, "few");
      location.reload();
    });
    document.querySelector("[data-keep-mine]").addEventListener("click", () => {
      version.value = document.querySelector("[data-clash-box]").theirs.version;
      settle();
      save();
    });
    addEventListener("beforeunload", (event) => { if (dirty() && !recall(form.action)) event.preventDefault(); });
    // what was kept without a network comes back into the form before it is sent
    const waiting = recall(form.action);
    if (waiting) {
      for (const radio of form.querySelectorAll("[name=result]")) radio.checked = radio.value === waiting.result;
      form.elements.note.value = waiting.note;
      version.value = waiting.row_version;
      save();
    }
    // a finding goes with the answer as it stands
    for (const other of document.querySelectorAll("[data-raise-form]")) {
      other.addEventListener("submit", async (event) => {
        if (!dirty()) return;
        event.preventDefault();
        if (await save()) other.requestSubmit();
      });
    }
  }
  // the part for a finding comes with the page
  document.querySelector("[data-raise-later] a")?.addEventListener("click", async (event) => {
    event.preventDefault();
    if (form && !(await save())) return;
    location.hash = "finding";
    location.reload();
  });
  document.addEventListener("audit-photos-wait", () => { if (told && form && !navigator.onLine) sayOffline(); });
  // a photo that arrived is shown, once nothing is lost by loading the page again
  document.addEventListener("audit-photo-sent", async () => {
    if (form && !(await save())) return;
    location.hash = "photos";
    location.reload();
  });

  // --- answers kept for other questions --------------------------------------------------------------------
  const flush = async () => {
    if (!me || !navigator.onLine) return;
    for (const key of kept()) {
      const address = key.slice(prefix.length);
      if (form && address === form.action) { await save(); continue; }
      try {
        const found = await send(address, recall(address));
        if (found.status === 200 && found.json.version) forget(address); // a clash waits until its question is opened
      } catch { break; }
    }
    if (told && kept().length && !clashing) sayOffline();
  };
  addEventListener("online", flush);
  addEventListener("offline", () => { if (told && form) sayOffline(); });
  if (me) { flush(); setInterval(() => { if (kept().length) flush(); }, 15000); }

  // --- what others do --------------------------------------------------------------------------------------
  if (page) {
    let since = page.dataset.since || "";
    const look = async () => {
      if (document.hidden || !navigator.onLine) return;
      let found;
      try { found = await (await fetch(`${page.dataset.auditProgress}?since=${encodeURIComponent(since)}`, { headers: { Accept: "application/json" } })).json(); } catch { return; }
      since = found.now;
      const bar = page.querySelector("header progress");
      const words = page.querySelector("[data-done]");
      if (bar) bar.value = found.answered;
      if (words) words.textContent = words.dataset.form.replace("#", found.answered);
      for (const item of found.items) {
        const row = document.querySelector(`tr[data-item="${item.id}"]`);
        if (row) {
          const cell = row.querySelector("[data-result]");
          const who = row.querySelector("[data-who]");
          if (who.textContent === item.who) continue;
          cell.innerHTML = `${item.mark}<div class="micro quiet" data-who></div>`;
          cell.querySelector("[data-who]").textContent = item.who;
          row.classList.toggle("fresh", !item.mine);
        } else if (form && !item.mine && page.dataset.item === String(item.id) && String(item.version) !== version.value && !clashing) {
          if (dirty()) save(); else location.reload();
        }
      }
    };
    look();
    setInterval(look, 12000);
  }

  // --- choosing clauses ------------------------------------------------------------------------------------
  for (const group of document.querySelectorAll("[data-boxes]")) {
    group.querySelector("[data-box-tools]").hidden = false;
    const set = (value) => group.querySelectorAll("[type=checkbox]").forEach((box) => { box.checked = value; });
    group.querySelector("[data-all]").addEventListener("click", () => set(true));
    group.querySelector("[data-none]").addEventListener("click", () => set(false));
  }
})();
