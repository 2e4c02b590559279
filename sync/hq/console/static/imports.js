// The import page: sends the files one by one, then shows how the jobs go. Texts are put in as text, never as HTML.
"use strict";
(() => {
  const form = document.getElementById("import-form");
  const list = document.getElementById("import-jobs");
  const wrong = document.getElementById("import-wrong");
  const { names, words } = JSON.parse(document.getElementById("import-words").textContent);
  const jobs = list.dataset.jobs;
  const acting = form !== null;
  let timer = 0;

  const ask = async (method, url, body) => {
    const headers = { "X-CSRFToken": Cookies.get("starlette_admin_csrftoken") || "" };
    const reply = await fetch(url, { method, body, headers });
    const said = await reply.json().catch(() => ({}));
    if (!reply.ok) throw new Error(said.error || String(reply.status));
    return said;
  };

  // a browser sends nothing of a file that was saved again since it was chosen, and says "Failed to fetch"
  const unchanged = async (file) => {
    await file.slice(0, 1).arrayBuffer().catch(() => { throw new Error(`${words.changed} ${file.name}`); });
  };

  const make = (tag, style, text) => {
    const made = document.createElement(tag);
    made.className = style;
    made.textContent = text || "";
    return made;
  };

  const looks = { done: "ok", failed: "trouble", interrupted: "attention" };

  // done is not well where rows were left out
  const look = (job) => {
    const faulty = Object.values(job.files).some((one) => one.bad);
    return job.state === "done" && faulty ? "attention" : looks[job.state] || "off";
  };

  const done = (one) => one.good + one.bad + (one.forgotten || 0);

  // rows that are read, of those that came; the last line may lack its end
  const progress = (job) => {
    const files = Object.values(job.files);
    const all = files.reduce((sum, one) => sum + Math.max(one.lines - 1, done(one)), 0);
    const read = files.reduce((sum, one) => sum + done(one), 0);
    return all ? Math.round((100 * read) / all) : 0;
  };

  const act = (job, name, style) => {
    const made = make("button", `btn ${style}`, words[name]);
    made.type = "button";
    made.dataset.act = name;
    made.addEventListener("click", async () => {
      if (name === "drop" && !window.confirm(words.drop_sure)) return;
      try {
        await ask("POST", `${jobs}/${job.id}/${name}`);
      } catch (error) {
        wrong.textContent = error.message;
        wrong.classList.remove("d-none");
      }
      show();
    });
    return made;
  };

  const table = (job) => {
    const made = make("table", "table table-sm card-table");
    const head = made.createTHead().insertRow();
    for (const [text, style] of [["CSV", ""], [words.good, "text-end"], [words.bad, "text-end"]]) {
      const cell = head.appendChild(document.createElement("th"));
      cell.className = style;
      cell.textContent = text;
    }
    const body = made.createTBody();
    for (const [name, count] of Object.entries(job.files)) {
      const row = body.insertRow();
      row.append(make("td", "", name), make("td", "text-end", String(count.good)));
      row.append(make("td", count.bad ? "text-end text-red" : "text-end", String(count.bad)));
    }
    return made;
  };

  const card = (job) => {
    const made = make("div", "card mb-3 import-job");
    const head = made.appendChild(make("div", "card-header"));
    head.append(make("span", `badge posclient-state posclient-is-${look(job)} me-3`, words.states[job.state]));
    head.append(make("span", "fw-bold me-3", job.by), make("span", "text-secondary", job.made));
    if (job.strict) head.append(make("span", "text-secondary ms-3", words.strict));
    if (job.state === "running") {
      const bar = made.appendChild(make("div", "progress progress-sm card-progress"));
      bar.appendChild(make("div", "progress-bar")).style.width = `${progress(job)}%`;
    }
    if (Object.keys(job.files).length) made.append(table(job));
    const said = [];
    if (job.undone) said.push(make("div", "text-danger", words.undone));
    if (job.waits) said.push(make("div", "text-secondary", job.waits));
    if (job.error) said.push(make("div", "text-danger", job.error));
    if (job.state === "interrupted") said.push(make("div", "", words.interrupted));
    if (job.faults.length) said.push(make("pre", "posclient-raw import-faults mt-2", job.faults.join("\n")));
    if (job.more_faults) said.push(make("div", "", `${words.more}: ${job.more_faults}`));
    if (said.length) made.appendChild(make("div", "card-body")).append(...said);
    if (acting && (job.state === "interrupted" || job.state === "open")) {
      const foot = made.appendChild(make("div", "card-footer")).appendChild(make("div", "btn-list"));
      if (job.state === "interrupted") foot.append(act(job, "again", "btn-primary"));
      foot.append(act(job, "drop", ""));
    }
    return made;
  };

  const show = async () => {
    let busy = false;
    try {
      const found = await ask("GET", jobs);
      list.replaceChildren(...found.map(card));
      busy = found.some((job) => job.state === "waiting" || job.state === "running");
    } finally {
      clearTimeout(timer);
      timer = setTimeout(show, busy ? 1000 : 15000); // somebody else may begin one, or HQ be back
    }
  };

  if (form) form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const files = [...document.getElementById("import-files").files];
    const button = form.querySelector("button");
    wrong.classList.add("d-none");
    button.disabled = true;
    try {
      const strange = files.filter((file) => !names.includes(file.name));
      if (strange.length) throw new Error(`${words.unknown} ${strange.map((file) => file.name).join(" ")}`);
      for (const file of files) await unchanged(file);
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
