// The import page: sends the files one by one, then shows how the jobs go. Texts are put in as text, never as HTML.
"use strict";
(() => {
  const form = document.getElementById("import-form");
  const list = document.getElementById("import-jobs");
  const wrong = document.getElementById("import-wrong");
  const { names, words } = JSON.parse(document.getElementById("import-words").textContent);
  const jobs = form.dataset.jobs;

  const ask = async (method, url, body) => {
    const headers = { "X-CSRFToken": Cookies.get("starlette_admin_csrftoken") || "" };
    const reply = await fetch(url, { method, body, headers });
    const said = await reply.json().catch(() => ({}));
    if (!reply.ok) throw new Error(said.error || String(reply.status));
    return said;
  };

  const make = (tag, style, text) => {
    const made = document.createElement(tag);
    made.className = style;
    made.textContent = text || "";
    return made;
  };

  const card = (job) => {
    const made = make("div", "card mb-3 import-job");
    const body = made.appendChild(make("div", "card-body"));
    body.append(make("h3", "card-title", `${words.states[job.state]} · ${job.by}`));
    for (const [name, count] of Object.entries(job.files)) {
      body.append(make("div", "", `${name}: ${count.good} ${words.good}, ${count.bad} ${words.bad}`));
    }
    if (job.undone) body.append(make("div", "text-danger", words.undone));
    if (job.error) body.append(make("div", "text-danger", job.error));
    if (job.faults.length) {
      body.append(make("pre", "posclient-raw import-faults mt-2", job.faults.join("\n")));
      if (job.more_faults) body.append(make("div", "", `${words.more}: ${job.more_faults}`));
    }
    return made;
  };

  const show = async () => {
    const found = await ask("GET", jobs);
    list.replaceChildren(...found.map(card));
    const busy = found.some((job) => job.state === "waiting" || job.state === "running");
    if (busy) setTimeout(show, 1000);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const files = [...document.getElementById("import-files").files];
    const button = form.querySelector("button");
    wrong.classList.add("d-none");
    button.disabled = true;
    try {
      const strange = files.filter((file) => !names.includes(file.name));
      if (strange.length) throw new Error(`${words.unknown} ${strange.map((file) => file.name).join(" ")}`);
      const job = await ask("POST", jobs);
      for (const file of files) {
        list.replaceChildren(make("div", "", `${words.sending} ${file.name}`));
        await ask("PUT", `${jobs}/${job.id}/${file.name}`, file);
      }
      const strict = document.getElementById("import-strict").checked;
      await ask("POST", `${jobs}/${job.id}/run?strict=${strict}`);
    } catch (error) {
      wrong.textContent = error.message;
      wrong.classList.remove("d-none");
    } finally {
      button.disabled = false;
      show();
    }
  });

  show();
})();
