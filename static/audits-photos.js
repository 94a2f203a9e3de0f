// Photos of an audit: each waits on this device until the server has it, so one taken without a network is not lost.
"use strict";
(() => {
  const list = document.querySelector("[data-waiting-photos]");
  if (!list) return;
  const words = list.dataset, me = words.person;
  const MOST = 40, BYTES = 200e6, LARGEST = 15e6;
  const form = document.querySelector("[data-photo]");
  const said = list.querySelector("[data-said]");

  // --- what waits, in the browser's own database ----------------------------------------------------------
  const open = () => new Promise((resolve, reject) => {
    const asked = indexedDB.open("pl-audit-photos", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("photos", { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const act = async (mode, work) => {
    const base = await open();
    try {
      return await new Promise((resolve, reject) => {
        const step = base.transaction("photos", mode);
        const asked = work(step.objectStore("photos"));
        step.oncomplete = () => resolve(asked.result);
        step.onabort = step.onerror = () => reject(step.error);
      });
    } finally { base.close(); }
  };
  const everything = () => act("readonly", (photos) => photos.getAll());
  const mine = async () => (await everything()).filter((one) => one.person === me).sort((a, b) => a.at - b.at);
  const put = (entry) => act("readwrite", (photos) => photos.put(entry));
  const drop = (key) => act("readwrite", (photos) => photos.delete(key));
  const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  const say = (text) => { said.textContent = text || ""; said.hidden = !text; if (text) list.hidden = false; };

  // a small picture to know it by; a format the browser can't draw has none
  const small = async (file) => {
    try {
      const picture = await createImageBitmap(file);
      const side = 112, scale = Math.max(side / picture.width, side / picture.height);
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = side;
      const [width, height] = [picture.width * scale, picture.height * scale];
      canvas.getContext("2d").drawImage(picture, (side - width) / 2, (side - height) / 2, width, height);
      picture.close();
      return canvas.toDataURL("image/jpeg", 0.7);
    } catch { return ""; }
  };

  // --- how it is shown ------------------------------------------------------------------------------------
  const rows = list.querySelector("ul"), blank = list.querySelector("template");
  const show = async () => {
    const waiting = await mine();
    rows.replaceChildren(...waiting.map((entry) => {
      const row = blank.content.cloneNode(true).firstElementChild;
      const image = row.querySelector("img");
      if (entry.thumb) image.src = entry.thumb; else image.remove();
      const where = document.createElement("a");
      where.href = entry.page;
      where.textContent = entry.label;
      row.querySelector("[data-where]").append(where);
      const why = row.querySelector("[data-why]");
      why.textContent = entry.error || entry.state || words.waits;
      why.classList.toggle("bad", Boolean(entry.error));
      const again = row.querySelector("[data-again]"), gone = row.querySelector("[data-drop]");
      again.hidden = !entry.error;
      again.addEventListener("click", async () => { await put({ ...entry, error: "", state: "" }); flush(); });
      let sure = false;
      gone.addEventListener("click", async () => {
        if (sure) { await drop(entry.key); say(""); show(); return; }
        sure = true;
        gone.textContent = words.sure;
      });
      return row;
    }));
    list.hidden = !waiting.length && said.hidden;
    list.dataset.count = waiting.length;
    document.dispatchEvent(new Event("audit-photos-wait"));
    return waiting.length;
  };

  // --- sending --------------------------------------------------------------------------------------------
  const GONE = new Set([403, 404]);
  const send = async (entry) => {
    const data = new FormData();
    data.set("csrf_token", words.token);
    data.set("_once", entry.key);
    data.set("photo", new File([entry.blob], entry.name, { type: entry.type }));
    let answer;
    try { answer = await fetch(entry.address, { method: "POST", body: data, headers: { Accept: "application/json" } }); } catch { return { state: words.waits }; }
    if (answer.status === 201) return { done: true };
    if (answer.redirected && new URL(answer.url).pathname === entry.page) return { done: true }; // it had arrived before
    if (answer.redirected || answer.status === 400) return { state: words.out };
    if (answer.status === 422) return { error: (await answer.json().catch(() => ({}))).error || words.gone };
    if (answer.status === 413) return { error: words.big.replace("#", entry.name) };
    if (GONE.has(answer.status)) return { error: words.gone };
    return { state: words.fault };
  };
  let running = null, again = false;
  const round = async () => {
    let here = false;
    for (const entry of await mine()) {
      if (entry.error) continue;
      const found = await send(entry);
      if (found.done) {
        await drop(entry.key);
        here = here || entry.page === location.pathname;
        continue;
      }
      await put({ ...entry, error: found.error || "", state: found.state || "" });
      if (!found.error) break; // no network, signed out, or the server is down: the others would wait as well
    }
    await show();
    if (here) document.dispatchEvent(new Event("audit-photo-sent"));
  };
  // one window at a time sends, where the browser can tell; the key keeps the others from sending twice
  const flush = async () => {
    if (running) { again = true; return running; }
    running = navigator.locks ? navigator.locks.request("pl-audit-photos", round) : round();
    try { await running; } catch { /* tried again in a while */ } finally { running = null; }
    if (again) { again = false; return flush(); }
    return undefined;
  };

  const take = async (file) => {
    say("");
    if (file.size > LARGEST) { say(words.big.replace("#", file.name)); return; }
    const known = await everything();
    if (known.length >= MOST || known.reduce((sum, one) => sum + one.blob.size, file.size) > BYTES) { say(words.full); return; }
    await put({
      key: newKey(), person: me, address: new URL(form.action).pathname, page: new URL(form.dataset.page, location.href).pathname,
      label: form.dataset.label, name: file.name || "photo.jpg", type: file.type, blob: file, thumb: await small(file),
      at: Date.now(), error: "", state: "",
    });
    form.classList.add("busy");
    await flush();
    form.classList.remove("busy");
  };
  if (form) {
    const chosen = form.querySelector("[type=file]");
    form.querySelector("[data-photo-send]").hidden = true;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const [file] = chosen.files;
      if (!file) return;
      try {
        await take(file);
        chosen.value = "";
      } catch { // this browser keeps nothing, or has no room left
        if (navigator.onLine) form.submit(); else say(words.none);
      }
    });
    chosen.addEventListener("change", () => form.requestSubmit());
  }

  const again15 = async () => { if ((await mine()).some((entry) => !entry.error)) flush(); };
  addEventListener("online", flush);
  show().then((count) => { if (count) flush(); }, () => { /* no database, so nothing waits */ });
  setInterval(() => again15().catch(() => { /* as above */ }), 15000);
})();
