// Keeps answers while somebody answers; the page works without it.
"use strict";
(() => {
  document.getElementById("alert")?.focus();
  const form = document.querySelector("form[data-answer]");
  if (!form || !window.fetch) return;
  const state = form.querySelector("[data-state]");
  let timer = 0;
  let dirty = false;
  let sending = false;
  let saving = false;
  const save = async () => {
    if (!dirty || sending || saving) return;
    dirty = false;
    saving = true;
    try {
      const answer = await fetch(form.dataset.save, { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      state.textContent = form.dataset.kept;
    } catch {
      if (!sending) { dirty = true; state.textContent = form.dataset.lost; timer = setTimeout(save, 8000); }
    }
    saving = false;
    if (dirty && !timer) timer = setTimeout(save, 800);
  };
  const soon = () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(() => { timer = 0; save(); }, 800);
  };
  form.addEventListener("input", soon);
  addEventListener("online", save);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") { clearTimeout(timer); save(); } });
  form.addEventListener("submit", () => {
    sending = true;
    clearTimeout(timer);
    setTimeout(() => { form.querySelector(".send").disabled = true; });
  });
  addEventListener("pageshow", () => { sending = false; form.querySelector(".send").disabled = false; });
})();
